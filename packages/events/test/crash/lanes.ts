import type { Contents } from './contents.ts'

/** Finds faults in the order of what is pending, given what was sent last of each customer. */
export function laneFaults(pending: Contents['pending'], lastSent: ReadonlyMap<string, number>): string[] {
  const faults: string[] = []
  for (const [customer, numbers] of pending) {
    const isInOrder = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
    if (!isInOrder) faults.push(`the lane of ${customer} is out of order: ${numbers.join(' ')}`)
    const hasGoneBack = (numbers[0] ?? 0) < (lastSent.get(customer) ?? 0)
    if (hasGoneBack) faults.push(`the lane of ${customer} has gone back`)
  }
  return faults
}
