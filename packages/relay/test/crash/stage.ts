import { join } from 'node:path'
import type { TrackerOptions, TrackerStats } from '@obsidianlaunch/events'
import { migrate } from '@obsidianlaunch/events-postgres'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { type PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import type { Random } from '@obsidianlaunch/testkit/random'
import { key, projectToken } from '../support/relay.ts'
import { RelayProcess } from '../support/relay-process.ts'
import type { RelayProgram } from '../support/relay-program.ts'
import { pass } from './clients.ts'
import { readArrivals, Upstream } from './upstream.ts'

/** The number of kills of each. */
export interface Kills {
  relay: number
  upstream: number
  server: number
}

/** Requests that a relay has in flight at most. */
export const concurrency = 32
/** Relays that share a server. */
const sharing = 2
const patienceMs = 60_000

interface Relay {
  readonly settings: RelayProgram
  process: RelayProcess
}

/** All that is killed and comes back where it was: relays, the API behind them, and the server where they store, if there is one. */
export class Stage {
  readonly kills: Kills = { relay: 0, upstream: 0, server: 0 }
  readonly #record: string
  readonly #server: PostgresServer | undefined
  readonly #database: string | undefined
  readonly #relays: Relay[] = []
  #upstream: Upstream

  private constructor(record: string, upstream: Upstream, server?: PostgresServer, database?: string) {
    this.#record = record
    this.#upstream = upstream
    this.#server = server
    this.#database = database
  }

  /** @param server the server that two relays share; without it there is one, with a file in the folder */
  static async start(folder: string, seed: number, server: PostgresServer | undefined): Promise<Stage> {
    const record = join(folder, 'arrivals')
    const database = await server?.database()
    if (database !== undefined) await migrate(database)
    const stage = new Stage(record, await Upstream.start(record, await reservedPort(), seed), server, database)
    if (database === undefined) await stage.#add({ file: join(folder, 'events.db') })
    // What a relay that was killed has borrowed is lent again after twice the time of an attempt.
    else for (let number = 0; number < sharing; number++) await stage.#add({ database }, { attemptTimeoutMs: 2_000 })
    return stage
  }

  get urls(): string[] {
    return this.#relays.map(({ process }) => process.url)
  }

  get arrivals(): ReturnType<typeof readArrivals> {
    return readArrivals(this.#record)
  }

  /** Kills one of them, or once in ten times one of each kind, and starts it again. */
  async kill(random: Random): Promise<void> {
    const isAll = random.chance(0.1)
    const one = random.weighed([7, 'relay'], [3, 'upstream'], [this.#server ? 5 : 0, 'server'])
    const relay = isAll || one === 'relay' ? random.pick(this.#relays) : undefined
    const hasUpstream = isAll || one === 'upstream'
    const server = isAll || one === 'server' ? this.#server : undefined
    await Promise.all([
      relay?.process[Symbol.asyncDispose](),
      hasUpstream ? this.#upstream.kill() : undefined,
      server?.kill(),
    ])
    if (server !== undefined) {
      this.kills.server++
      await server.start()
    }
    if (hasUpstream) {
      this.kills.upstream++
      this.#upstream = await Upstream.start(this.#record, this.#upstream.port, random.below(1e9))
    }
    if (relay !== undefined) {
      this.kills.relay++
      relay.process = await RelayProcess.start({ ...relay.settings, isThreaded: random.chance(0.5) })
    }
  }

  /** Waits until nothing is pending, and ends all but the server. @returns what is wrong with what is left */
  async end(): Promise<string[]> {
    this.#upstream.calm()
    let left = await this.#left()
    for (let until = performance.now() + patienceMs; left.pending + left.kept > 0 && performance.now() < until;) {
      await pass(100)
      const now = await this.#left()
      if (now.pending + now.kept < left.pending + left.kept) until = performance.now() + patienceMs
      left = now
    }
    for (const { process } of this.#relays) await process[Symbol.asyncDispose]()
    await this.#upstream.kill()
    return Object.values(left).some((count) => count > 0) ? [`the relays have left ${JSON.stringify(left)}`] : []
  }

  async #add(outbox: Pick<RelayProgram, 'file' | 'database'>, tracker: TrackerOptions = {}): Promise<void> {
    const settings: RelayProgram = {
      ...outbox,
      // It comes back there, so nobody else may be given it meanwhile.
      port: await reservedPort(),
      tracker: {
        token: projectToken,
        baseUrl: `http://127.0.0.1:${this.#upstream.port}`,
        backoff: { baseMs: 1, capMs: 50 },
        concurrency,
        ...tracker,
      },
      relay: { keys: [key] },
    }
    const process = await RelayProcess.start(settings)
    this.#relays.push({ settings, process })
  }

  /** The counts that the relays have, and what they share, which one that was killed may have left. */
  async #left(): Promise<Record<'pending' | 'dead' | 'dropped' | 'rejected' | 'kept', number>> {
    const all = await Promise.all(this.#relays.map(async ({ process }) => (await process.look()).stats))
    const sum = (count: keyof TrackerStats) => all.reduce((total, stats) => total + stats[count], 0)
    const kept = await this.#kept()
    return { pending: sum('pending'), dead: sum('dead'), dropped: sum('dropped'), rejected: sum('rejected'), kept }
  }

  async #kept(): Promise<number> {
    if (this.#database === undefined) return 0
    const tables = ['event', 'dead', 'lane'].map((table) => `(SELECT count(*) FROM obsidian_events.${table})`)
    const [row] = await query(this.#database, `SELECT ${tables.join(' + ')} AS kept`)
    return Number(row?.['kept'])
  }
}
