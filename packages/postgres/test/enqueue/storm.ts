import { setTimeout as pass } from 'node:timers/promises'
import { Random } from '@obsidianlaunch/testkit/random'
import { expect } from 'vitest'
import { enqueue, type EnqueuedEvent } from '../../src/index.ts'
import { Site } from '../support/site.ts'

/** A transaction that has committed, with the moments of its life in the order of the writers' program. */
interface Committed {
  readonly began: number
  /** It has written its events, and holds the locks of their customers if it asked for them. */
  readonly wrote: number
  readonly ended: number
  readonly ordered: boolean
  readonly events: readonly { readonly customerId: string; readonly event: string }[]
}

const writers = 8
const customers = 40

/**
 * Lets several connections write so many transactions at random, some of which take their time and some of which roll back,
 * while two trackers send what is committed; then judges what has arrived.
 */
export async function storm(transactions: number, seed: number): Promise<{ arrived: number; rolledBack: number }> {
  await using site = await Site.open()
  await Promise.all([site.tracker(), site.tracker()])
  const random = new Random(seed)
  const committed: Committed[] = []
  let begun = 0
  let moment = 0
  const write = async (): Promise<void> => {
    while (begun < transactions) {
      const number = begun++
      const rollsBack = random.chance(0.14)
      const ordered = random.chance(0.5)
      const events = Array.from({ length: 1 + random.below(3) }, (_, at) => {
        const customerId = `customer ${random.below(customers)}`
        return { operation: 'trackEvent', customerId, event: `${number}.${at}` } satisfies EnqueuedEvent
      })
      const hesitates = random.chance(0.02)
      const began = moment++
      const wrote = await site.transaction(
        async (client) => {
          await enqueue(client, events, { ordered })
          const now = moment++
          // Those that come later commit before.
          if (hesitates) await pass(50)
          return now
        },
        rollsBack ? 'ROLLBACK' : 'COMMIT',
      )
      if (!rollsBack) committed.push({ began, wrote, ended: moment++, ordered, events })
      if (number % 50 === 0) await site.query('NOTIFY obsidian_events')
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  await site.settled()
  judge(committed, site.events() as string[])
  return { arrived: site.arrivals.length, rolledBack: transactions - committed.length }
}

function judge(committed: readonly Committed[], arrived: readonly string[]): void {
  const names = committed.flatMap(({ events }) => events.map(({ event }) => event))
  expect(arrived.toSorted(), 'exactly what was committed, once').toEqual(names.toSorted())
  const places = new Map(arrived.map((event, place) => [event, place]))
  for (let customer = 0; customer < customers; customer++) {
    const parts = committed
      .map(({ events, ...rest }) => {
        const own = events.filter(({ customerId }) => customerId === `customer ${customer}`)
        return { ...rest, places: own.map(({ event }) => places.get(event) as number) }
      })
      .filter((part) => part.places.length > 0)
    for (const part of parts) expect(part.places, 'within a transaction').toEqual(part.places.toSorted((a, b) => a - b))
    const overtaken = parts.flatMap((a) => parts.filter((b) => precedes(a, b) && last(a) > first(b)).map((b) => [a, b]))
    expect(overtaken, `customer ${customer}`).toEqual([])
  }
}

interface Part extends Omit<Committed, 'events'> {
  readonly places: readonly number[]
}

const first = ({ places }: Part): number => Math.min(...places)
const last = ({ places }: Part): number => Math.max(...places)

/** Tells whether the events of one transaction have to arrive before those of another one of the same customer. */
function precedes(a: Part, b: Part): boolean {
  return a.ended < b.began || (a.ordered && b.ordered && a.wrote < b.wrote)
}
