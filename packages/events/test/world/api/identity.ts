/** The identity of a customer. It contains the token that it was made with: who looks for that finds it as well. */
export function identityOf(token: string, customer: string): string {
  return `${token}-of-${customer.replaceAll(' ', '-')}`
}
