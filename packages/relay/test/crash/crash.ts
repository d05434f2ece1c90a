import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { Random } from '@obsidianlaunch/testkit/random'
import { Clients, pass } from './clients.ts'
import { judge, type Verdict } from './ledger.ts'
import { concurrency, type Kills, Stage } from './stage.ts'

export interface CrashOptions {
  kills: number
  /** Number of events that must be acknowledged, however many kills that takes. */
  acknowledged: number
  seed: number
  /** A server whose database two relays share, and which is killed too; without it there is one relay, with a file. */
  server?: PostgresServer | undefined
  /** Told after each kill. */
  onKill?: (kills: Kills, acknowledged: number) => void
}

export interface CrashReport extends Verdict {
  kills: Kills
  /** Requests that were refused, or brought no answer. */
  unanswered: number
  /** All that is wrong; nothing, if the relays keep their promise. */
  broken: string[]
}

/** Kills relays, their server and the API behind them, at random and under load, until there were enough kills and events. */
export async function crash({ kills, acknowledged, seed, server, onKill }: CrashOptions): Promise<CrashReport> {
  const random = new Random(seed)
  const folder = mkdtempSync(join(tmpdir(), 'crash-relay-'))
  const stage = await Stage.start(folder, seed, server)
  const clients = new Clients(stage.urls, random)
  clients.start()
  while (sumOf(stage.kills) < kills || clients.acknowledged.size < acknowledged) {
    // One in five dies while it opens its outbox or soon after; the others have their share of the events.
    if (random.chance(0.2)) await pass(random.below(200))
    else await clients.untilAcknowledged(random.below((3 * acknowledged) / kills))
    await stage.kill(random)
    onKill?.(stage.kills, clients.acknowledged.size)
  }
  await clients.stop()
  const left = await stage.end()
  const verdict = judge(clients.sent, clients.acknowledged, stage.arrivals)
  const broken = [...clients.wrong, ...faultsOf(verdict, stage.kills), ...left]
  if (broken.length === 0) rmSync(folder, { recursive: true })
  else broken.push(`the files are kept in ${folder}`)
  return { ...verdict, kills: stage.kills, unanswered: clients.unanswered, broken }
}

export function sumOf({ relay, upstream, server }: Kills): number {
  return relay + upstream + server
}

function faultsOf(verdict: Verdict, kills: Kills): string[] {
  const { lost, reordered, rewound, repeats, otherDuplicates, strangers } = verdict
  // A kill takes with it what was in flight and already there, and no more. A server waits for its disk where an event comes,
  // and not where one leaves: killed, it may have back what it has just let go, and then all of that comes again.
  const most = kills.server > 0 ? Infinity : concurrency * sumOf(kills)
  const counts = {
    lost,
    reordered,
    ...(kills.server === 0 && { rewound }),
    otherDuplicates,
    strangers,
    'repeats without cause': Math.max(0, repeats - most),
  }
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
}
