import type { Outbox, OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { event } from './contenders/contender.ts'

/** The same number whatever is pending: that is what is compared. */
const customers = 1_000
let made = 0

/** The next event of one of a thousand customers, under an id of its own. */
export function entry(customer: number, hasMintedId = true): OutboxEntry {
  const id = `00000000-0000-4000-8000-${String(made++).padStart(12, '0')}`
  const customerId = `customer-${customer % customers}`
  const body = JSON.stringify({ customer_id: customerId, event })
  return { id, customerId, operation: 'trackEvent', body, acceptedAt: Date.now(), hasMintedId }
}

/** Leaves so many events in an outbox. */
export async function fill(outbox: Outbox, pending: number): Promise<void> {
  const batch = 1_000
  for (let left = pending; left > 0; left -= batch) {
    await outbox.append(Array.from({ length: Math.min(batch, left) }, (_, n) => entry(left + n * 7)))
  }
}
