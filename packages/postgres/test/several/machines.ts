import { type Delivery, EventTracker, type TrackerStats } from '@obsidianlaunch/events'
import type { Random } from '@obsidianlaunch/testkit/random'
import { type Client, Pool } from 'pg'
import { postgresOutbox } from '../../src/index.ts'
import { Ledger, type Tracked } from './ledger.ts'

/** So long an attempt may last; what a dead machine has borrowed is lent again after twice that time and a second. */
const attemptTimeoutMs = 500

interface Machine {
  readonly tracker: EventTracker
  readonly pool: Pool
  readonly connections: Set<Client>
  isDead: boolean
}

/** Several trackers on one database, each as on a machine of its own: they come and go, die, and lose their connections. */
export class Machines {
  readonly ledger = new Ledger()
  readonly #url: string
  readonly #random: Random
  readonly #all: Machine[] = []
  readonly #places: Machine[]
  /** The API answers everything well. */
  #isCalm = false
  #calls = 0

  constructor(url: string, random: Random, count: number) {
    this.#url = url
    this.#random = random
    this.#places = Array.from({ length: count }, () => this.#start())
  }

  /** Does one thing by chance. */
  async step(): Promise<void> {
    const place = this.#random.below(this.#places.length)
    const machine = this.#places[place] as Machine
    const what = this.#random.below(1_000)
    if (what < 2) {
      this.#die(machine)
      this.#places[place] = this.#start()
    } else if (what < 4) {
      void machine.tracker.shutdown({ timeoutMs: this.#random.pick([0, 50, 2_000]) })
      this.#places[place] = this.#start()
    } else if (what < 10) {
      // The answer to what was asked last is lost.
      const connection = this.#random.pick([...machine.connections])
      if (connection !== undefined) cut(connection)
    } else if (what < 600) this.#track(machine)
    else await pass(this.#random.below(6))
  }

  /** Waits until all is delivered, for some minutes at most. @returns the counts of those that are left */
  async end(): Promise<TrackerStats[]> {
    this.#isCalm = true
    const left = () => this.#places.map(({ tracker }) => tracker.stats())
    for (const { tracker } of this.#places) await tracker.start()
    for (const until = Date.now() + 200_000; Date.now() < until && left().some(({ pending }) => pending > 0);)
      await pass(50)
    // What those that died have left may be lent only now.
    await pass(3 * (2 * attemptTimeoutMs + 1_000))
    return left()
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ tracker }) => tracker.shutdown({ timeoutMs: 2_000 })))
    await Promise.all(this.#all.map(({ pool }) => pool.end()))
  }

  #track({ tracker }: Machine): void {
    const customer = `customer ${this.#random.below(8)}`
    const event = `e${++this.#calls}`
    const options = this.#random.chance(0.3) ? { id: `id-${event}` } : {}
    const calledAt = this.ledger.moment()
    const delivery: Delivery = tracker.trackEvent(customer, event, options)
    const tracked: Tracked = { customer, event, tracker, calledAt, storedAt: Infinity, arrivals: 0, taken: 0 }
    this.ledger.add(tracked)
    delivery.stored.then(
      () => (tracked.storedAt = this.ledger.moment()),
      () => undefined,
    )
    void delivery.settled().then(({ outcome }) => (tracked.outcome = outcome))
  }

  #start(): Machine {
    const connections = new Set<Client>()
    const pool = new Pool({ connectionString: this.#url, max: 4 })
    pool.on('error', () => undefined)
    pool.on('connect', (client) => {
      connections.add(client)
      client.on('end', () => connections.delete(client))
      client.on('error', () => undefined)
    })
    const machine: Machine = {
      pool,
      connections,
      isDead: false,
      tracker: new EventTracker({
        token: 'radioactive',
        baseUrl: 'http://127.0.0.1:9',
        outbox: postgresOutbox(pool, { timeoutMs: 2_000 }),
        backoff: { baseMs: 5, capMs: 100 },
        attemptTimeoutMs,
        onError: () => undefined,
        fetch: (_, init) => this.#api(machine, String(init?.body)),
      }),
    }
    this.#all.push(machine)
    return machine
  }

  /** A death: the machine says and hears nothing more, and what it has borrowed comes back only when its leases end. */
  #die(machine: Machine): void {
    machine.isDead = true
    for (const connection of machine.connections) cut(connection)
    void machine.tracker.shutdown({ timeoutMs: 0 })
  }

  async #api(machine: Machine, body: string): Promise<Response> {
    if (machine.isDead) return new Promise(() => undefined)
    const { event } = JSON.parse(body) as { event: string }
    const mood = this.#isCalm ? 100 : this.#random.below(100)
    const status = mood < 5 ? 503 : 200
    this.ledger.arrived(event, status === 200)
    await pass(mood < 15 ? this.#random.below(700) : 1)
    if (mood < 2) throw new TypeError('fetch failed')
    return new Response('{}', { status })
  }
}

/** Ends a connection as a network does, with no word to either side. */
function cut(connection: Client): void {
  const { stream } = (connection as unknown as { connection: { stream: { destroy(): void } } }).connection
  stream.destroy()
}

function pass(ms: number): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms))
}
