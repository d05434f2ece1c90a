import type { OutboxEntry } from '../../../../src/event/event.ts'
import type { Claim, Outbox } from '../../../../src/outbox/outbox.ts'
import { indexedDbOutbox } from '../../../../src/outbox/indexeddb/indexeddb.ts'

declare const location: { search: string }

const rememberedIds = /^\?remember=(\d+)$/.exec(location.search)?.[1]
const outbox: Outbox = indexedDbOutbox(
  'events',
  rememberedIds === undefined ? {} : { rememberedIds: Number(rememberedIds) },
)

function entryOf(name: string, body = '{}'): OutboxEntry {
  return { id: name, customerId: name.slice(0, 1), operation: 'trackEvent', body, acceptedAt: 1_000_000 }
}

/** A call, and how it failed, as far as that survives the way out of the page. */
async function told<T>(call: PromiseLike<T>) {
  try {
    return { answer: await call }
  } catch (thrown) {
    const { name, message, problem } = thrown as { name: string; message: string; problem?: string }
    return { error: { name, message, problem } }
  }
}

async function drain(): Promise<string[]> {
  const delivered: string[] = []
  for (;;) {
    const claims: readonly Claim[] = await outbox.claim(10, 60_000, 'oldest')
    if (claims.length === 0) return delivered
    for (const claim of claims) {
      const [isRecorded] = await outbox.settle([[claim, { kind: 'delivered' }]])
      if (isRecorded) delivered.push(claim.entry.id)
    }
  }
}

Object.assign(globalThis, {
  outbox,
  append: (name: string, body?: string) => told(Promise.resolve(outbox.append([entryOf(name, body)]))),
  drain: () => told(drain()),
})
