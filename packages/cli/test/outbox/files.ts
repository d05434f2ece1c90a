import type { OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { type Outbox, sqliteOutbox } from '@obsidianlaunch/events/sqlite'

/** An outbox that is closed at the end of the block. */
export function open(path: string): Outbox & AsyncDisposable {
  const outbox = sqliteOutbox(path, { ownerTimeoutMs: 60_000 })
  return Object.assign(outbox, { [Symbol.asyncDispose]: async () => outbox.close() })
}

/** Makes entries pending, each named `customer:event`. */
export async function fill(outbox: Outbox, names: readonly string[], acceptedAt = Date.now()): Promise<void> {
  const entries = names.map((name): OutboxEntry => {
    const customerId = name.slice(0, name.indexOf(':'))
    const body = JSON.stringify({ customer_id: customerId, event: 'secret_event' })
    return { id: name, customerId, operation: 'trackEvent', body, acceptedAt }
  })
  await outbox.append(entries)
}

/** Lets the oldest event of a customer die, as after an answer of 400. */
export async function dead(outbox: Outbox, customerId: string): Promise<void> {
  const claims = await outbox.claim(1_000, 60_000, 'oldest')
  const death = { kind: 'dead', reason: 'refused', attempts: 1, status: 400, detail: 'Bad request' } as const
  await outbox.settle(
    claims.map((claim) => [claim, claim.entry.customerId === customerId ? death : { kind: 'release' }]),
  )
}
