/** The identity that was signed last, and when it has to be signed anew. */
let kept: { customerId: string; token: string; until: number } | undefined

/** Tells the web app's server who is here. @throws (as the promise's rejection) where it cannot be reached */
export async function signIn(customerId: string): Promise<void> {
  const response = await fetch(`/sign-in?customer=${encodeURIComponent(customerId)}`, { method: 'POST' })
  if (!response.ok) throw new Error(`Nobody was signed in: ${response.status}.`)
}

/**
 * Gets the identity of a customer, signed by the web app's server. The tracker asks at each attempt.
 *
 * @returns null for everybody who is not signed in
 * @throws (as the promise's rejection) where the server cannot be reached: the tracker tries again
 */
export async function identityOf(customerId: string): Promise<string | null> {
  if (kept?.customerId === customerId && performance.now() < kept.until) return kept.token
  const askedAt = performance.now()
  const response = await fetch(`/identity?customer=${encodeURIComponent(customerId)}`)
  if (response.status === 403) return null
  if (!response.ok) throw new Error(`Nobody signs an identity: ${response.status}.`)
  const { token, seconds } = (await response.json()) as { token: string; seconds: number }
  // By the time that passes here: the clock of a device may be wrong.
  kept = { customerId, token, until: askedAt + seconds * 900 }
  return token
}
