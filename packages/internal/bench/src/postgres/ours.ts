import { migrate, postgresOutbox } from '@obsidianlaunch/events-postgres'
import type { Claim, OutboxEntry, Verdict } from '@obsidianlaunch/events/outbox-kit'
import { atOnce, type Deliver, Loops, type OpenQueue, type QueuedEvent } from './queue.ts'

const leaseMs = 61_000

export const ours: OpenQueue = async (url, { retrySeconds, attempts: most }) => {
  await migrate(url)
  const outbox = postgresOutbox(url)
  const loops = new Loops()
  const settle = async (claim: Claim, deliver: Deliver): Promise<readonly [Claim, Verdict]> => {
    const attempts = claim.attempts + 1
    try {
      await deliver(JSON.parse(claim.entry.body) as QueuedEvent)
      return [claim, { kind: 'delivered' }]
    } catch {
      if (attempts < most) return [claim, { kind: 'retry', afterMs: retrySeconds * 1_000 }]
      return [claim, { kind: 'dead', reason: 'refused', attempts }]
    }
  }
  return {
    add: async (events) => void (await outbox.append(events.map(entryOf))),
    async start(deliver) {
      loops.start(async () => {
        const claims = await outbox.claim(atOnce, leaseMs, 'oldest')
        if (claims.length > 0) await outbox.settle(await Promise.all(claims.map((claim) => settle(claim, deliver))))
        return claims.length
      })
    },
    async stop() {
      await loops.stop()
      await outbox.close()
    },
  }
}

function entryOf(event: QueuedEvent): OutboxEntry {
  return {
    id: `${event.customer}-${event.n}`,
    hasMintedId: true,
    customerId: event.customer,
    operation: 'trackEvent',
    body: JSON.stringify(event),
    acceptedAt: Date.now(),
  }
}
