import { PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { type Figures, measure } from '../measure.ts'
import { versionOf } from '../packages.ts'
import { pgmqSql } from '../postgres/pgmq.ts'
import { queues } from '../postgres/queues.ts'
import type { Benchmark } from '../table.ts'

const events = 300_000
const customers = 10_000
const failing = 1_000
const seconds = 15

/** One round, since a library takes minutes: the differences are larger than what the machine does to them. */
export const postgresPeers: Benchmark = {
  name: 'postgres-peers',
  async run() {
    await using server = await PostgresServer.start()
    const rows: string[][] = []
    for (const [name, { title }] of Object.entries(queues)) {
      const of = async (what: string, ...sizes: number[]) => {
        const url = await server.database()
        return measure('postgres-peers', [name, what, url, ...sizes])
      }
      const order = await of('order')
      const backlog = await of('backlog', events, customers, failing, seconds)
      const live = await of('live', events, customers, failing, seconds)
      rows.push([title, ...rowOf(order, backlog, live)])
    }
    return {
      title: 'Queues in PostgreSQL',
      note: noteOf(),
      head: [
        '',
        'order kept through a retry',
        'others go on meanwhile',
        'past a dead event',
        'delivered/s',
        'server CPU µs an event',
        'p50 ms of the healthy',
        'p99 ms of the healthy',
        'server CPU ms a poll',
      ],
      rows,
    }
  },
}

function rowOf(order: Figures, backlog: Figures, live: Figures): string[] {
  return [
    word(order['ordered'] === 1 && backlog['outOfOrder'] === 0),
    word(order['others'] === 1 && live['delivered'] !== 0),
    word(order['pastDead'] === 1),
    number(backlog['perSecond']),
    number(backlog['cpuMicros']),
    number(live['p50Ms']),
    number(live['p99Ms']),
    number(live['pollCpuMs'], 1),
  ]
}

function word(holds: boolean): string {
  return holds ? 'yes' : 'no'
}

/** A figure; a dash where there is none, which JSON tells by null. */
function number(value: number | null | undefined, digits = 0): string {
  return typeof value !== 'number' ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits })
}

function noteOf(): string {
  const peers = Object.values(queues).flatMap(({ package: name }) =>
    name === undefined ? [] : [`${name} ${versionOf(name)}`],
  )
  if (pgmqSql !== undefined) peers.push('and pgmq, whose SQL is in no registry that we install from')
  const counts = [events, customers, failing].map((count) => count.toLocaleString('en'))
  return [
    `Peers: ${peers.join(', ')}.`,
    'Each is driven as its own documentation says, with 32 events at once and a pause of 100 ms of whoever finds nothing (graphile-worker is told at once, too), on a server with its default settings.',
    `Delivered/s: ${counts[0]} events of ${counts[1]} customers are pending, ${counts[2]} of whom fail at their first event and wait; how many are delivered a second in ${seconds} seconds.`,
    `Healthy: all that is pending waits, of ${counts[2]} customers that fail; 50 events a second come of others, and a dash means that not even half of them was delivered.`,
    'A poll is one search for what is to be delivered, with all that it finds.',
  ].join(' ')
}
