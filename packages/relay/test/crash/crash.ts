import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '@obsidianlaunch/testkit/random'
import { key, projectToken } from '../support/relay.ts'
import type { RelayProgram } from '../support/relay-program.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { Clients, pass } from './clients.ts'
import { judge, type Verdict } from './ledger.ts'
import { readArrivals, Upstream } from './upstream.ts'

export interface CrashOptions {
  kills: number
  /** Number of events that must be acknowledged, however many kills that takes. */
  acknowledged: number
  seed: number
  /** Told after each kill. */
  onKill?: (kills: Kills, acknowledged: number) => void
}

export interface Kills {
  relay: number
  upstream: number
}

export interface CrashReport extends Verdict {
  kills: Kills
  /** Requests that were refused, or brought no answer. */
  unanswered: number
  /** All that is wrong; nothing, if the relay keeps its promise. */
  broken: string[]
}

/** Requests that a relay has in flight at most. */
const concurrency = 32

/** Kills a relay and the API behind it, at random and under load, until there were enough kills and events. */
export async function crash({ kills, acknowledged, seed, onKill }: CrashOptions): Promise<CrashReport> {
  const random = new Random(seed)
  const folder = mkdtempSync(join(tmpdir(), 'crash-relay-'))
  const record = join(folder, 'arrivals')
  let upstream = await Upstream.start(record, 0, seed)
  const settings: RelayProgram = {
    file: join(folder, 'events.db'),
    port: 0,
    tracker: {
      token: projectToken,
      baseUrl: `http://127.0.0.1:${upstream.port}`,
      backoff: { baseMs: 1, capMs: 50 },
      concurrency,
    },
    relay: { keys: [key] },
  }
  let relay = await RelayProcess.start(settings)
  settings.port = relay.port
  const clients = new Clients(relay.url, random)
  const done: Kills = { relay: 0, upstream: 0 }
  clients.start()
  while (done.relay + done.upstream < kills || clients.acknowledged.size < acknowledged) {
    // One in five dies while it opens its file or soon after; the others have their share of the events.
    if (random.chance(0.2)) await pass(random.below(200))
    else await clients.untilAcknowledged(random.below((3 * acknowledged) / kills))
    const both = random.chance(0.1)
    const onlyRelay = random.chance(0.7)
    if (both || onlyRelay) {
      await relay[Symbol.asyncDispose]()
      done.relay++
    }
    if (both || !onlyRelay) {
      await upstream.kill()
      done.upstream++
      upstream = await Upstream.start(record, upstream.port, random.below(1e9))
    }
    if (both || onlyRelay) relay = await RelayProcess.start({ ...settings, isThreaded: random.chance(0.5) })
    onKill?.(done, clients.acknowledged.size)
  }
  await clients.stop()
  upstream.calm()
  const left = await drained(relay)
  await relay[Symbol.asyncDispose]()
  await upstream.kill()
  const verdict = judge(clients.sent, clients.acknowledged, readArrivals(record))
  const broken = [...clients.wrong, ...faultsOf(verdict, done), ...left]
  if (broken.length === 0) rmSync(folder, { recursive: true })
  else broken.push(`the files are kept in ${folder}`)
  return { ...verdict, kills: done, unanswered: clients.unanswered, broken }
}

/** Waits until nothing is pending. @returns what is wrong with what is left */
async function drained(relay: RelayProcess): Promise<string[]> {
  const patienceMs = 60_000
  let { stats } = await relay.look()
  for (let until = performance.now() + patienceMs; stats.pending > 0 && performance.now() < until;) {
    await pass(100)
    const { stats: now } = await relay.look()
    if (now.pending < stats.pending) until = performance.now() + patienceMs
    stats = now
  }
  const { pending, dead, dropped, rejected } = stats
  return pending + dead + dropped + rejected === 0 ? [] : [`the relay has left ${JSON.stringify(stats)}`]
}

function faultsOf({ lost, reordered, repeats, otherDuplicates, strangers }: Verdict, kills: Kills): string[] {
  // A kill takes with it what was in flight and already there, and no more.
  const most = concurrency * (kills.relay + kills.upstream)
  const counts = { lost, reordered, otherDuplicates, strangers, 'repeats without cause': Math.max(0, repeats - most) }
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
}
