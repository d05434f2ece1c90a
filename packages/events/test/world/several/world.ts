import { keyOf } from '../../../src/event/event.ts'
import type { EventTracker, TrackerOptions } from '../../../src/index.ts'
import { type Exchange, hasTaken, WorldApi } from '../api/api.ts'
import { TraceJudge } from '../judge/trace-judge.ts'
import type { Verdict } from '../judge/verdict.ts'
import { running, WorldClock } from '../machine/clock.ts'
import type { Engine } from '../machine/engine.ts'
import { LightRequest } from '../machine/light-request.ts'
import { ground } from '../machine/platform.ts'
import { Random } from '../script/random.ts'
import { SeveralEvent, SeveralLedger } from './ledger.ts'
import { Machine } from './machine.ts'
import { MachineOutbox } from './machine-outbox.ts'
import type { SeveralScript } from './script.ts'
import { Storage, type StorageFault } from '../../support/shared-storage.ts'

interface OpenFlush {
  readonly machine: Machine
  readonly own: readonly SeveralEvent[]
}

/** Several machines, each with a tracker, over one storage and one API. */
export class SeveralWorld {
  readonly clock: WorldClock
  readonly api: WorldApi
  readonly storage: Storage
  readonly ledger: SeveralLedger
  readonly verdict: Verdict
  readonly script: SeveralScript
  /** All that have ever run. */
  readonly machines: Machine[] = []
  readonly outboxes = new Map<Machine, MachineOutbox>()
  readonly #engine: Engine
  readonly #random: Random
  readonly #traces: TraceJudge
  readonly #places: (Machine | undefined)[] = []
  readonly #flushes = new Set<OpenFlush>()
  /** Calls that a machine was asked for, and that have not settled. */
  readonly open = new Map<string, Machine>()
  readonly #erasures = new Set<{ readonly customer: string }>()
  #labels = 0

  constructor(engine: Engine, script: SeveralScript, verdict: Verdict, fault?: StorageFault) {
    this.#engine = engine
    this.script = script
    this.verdict = verdict
    this.clock = new WorldClock(
      () => this.#judgeCounts(),
      (why) => verdict.broken(why),
    )
    this.api = new WorldApi(this.clock)
    this.storage = new Storage(() => this.clock.now, script.settings.hasOneLender, fault)
    this.ledger = new SeveralLedger(verdict)
    this.#random = new Random(script.dice)
    this.#traces = new TraceJudge(verdict)
    ground.clock = this.clock
    ground.random = this.#random
    ground.warned = () => undefined
  }

  get living(): Machine[] {
    return this.machines.filter(({ isAlive }) => isAlive)
  }

  /** The machine at a place; one that has died or shut down starts again. */
  at(place: number): Machine {
    const machine = this.#places[place]
    if (machine?.isAlive === true) return machine
    const started = this.#launch(place)
    this.#places[place] = started
    return started
  }

  call(machine: Machine, customer: string, hasId: boolean, maxDeliveryMs?: number): void {
    const label = `e${++this.#labels}`
    const options = { ...(hasId && { id: `id-${label}` }), ...(maxDeliveryMs !== undefined && { maxDeliveryMs }) }
    const calledAt = this.ledger.moment()
    const delivery = running.run(machine, () => machine.tracker.trackEvent(customer, label, options))
    const event = new SeveralEvent(label, customer, machine, delivery, calledAt)
    event.mayBeErased = [...this.#erasures].some((erasure) => erasure.customer === customer)
    this.ledger.add(event)
    this.verdict.note(`${this.clock.now} ${machine.name} calls ${label} of ${customer}`)
    running.run(machine, () => {
      delivery.stored.then(
        () => (event.storedAt = this.ledger.moment()),
        () => undefined,
      )
      const settle = () => delivery.settled()
      this.wait(machine, `the delivery of ${label}`, settle, (settlement) => {
        event.outcome = settlement.outcome
        if ('error' in settlement && settlement.error.kept) event.isSaidToBeKept = true
        this.#judgeOutcome(event, settlement.outcome)
      })
    })
  }

  start(machine: Machine): void {
    this.wait(machine, `start ${this.ledger.moment()}`, () => machine.tracker.start())
  }

  flush(machine: Machine): void {
    const flush = { machine, own: this.ledger.all.filter((event) => event.machine === machine) }
    this.#flushes.add(flush)
    const wait = () => machine.tracker.flush()
    this.wait(machine, `flush ${this.ledger.moment()}`, wait, () => {
      this.#flushes.delete(flush)
      const left = this.script.isCalm
        ? flush.own.find(({ taken, storedAt }) => taken === 0 && storedAt === Infinity)
        : undefined
      this.verdict.expect(left === undefined, 'a flush waits until its own have arrived or are stored', () =>
        String(left?.label),
      )
    })
  }

  shutdown(machine: Machine, timeoutMs?: number): void {
    machine.isClosing = true
    const close = () => machine.tracker.shutdown(timeoutMs === undefined ? {} : { timeoutMs })
    this.wait(machine, 'shutdown', close, () => {
      machine.hasClosed = true
      this.#traces.judgeClosed(machine)
      this.verdict.note(`${this.clock.now} ${machine.name} has shut down`)
    })
  }

  forget(machine: Machine, customer: string): void {
    for (const event of this.ledger.of(customer)) event.mayBeErased = true
    const erasure = { customer }
    this.#erasures.add(erasure)
    const erase = () => machine.tracker.forget(customer)
    // One that fails may be carried out at any time.
    this.wait(machine, `forget ${this.ledger.moment()}`, erase, () => this.#erasures.delete(erasure))
  }

  replay(machine: Machine, most: number): void {
    const list = () => machine.tracker.deadLetters({ limit: most })
    this.wait(machine, `deadLetters ${this.ledger.moment()}`, list, (found) => {
      for (const { entry } of found)
        Object.assign(this.ledger.named(entry.customerId, entry.id) ?? {}, { isReplayed: true })
      const revive = () => machine.tracker.replay(found.map(({ id }) => id))
      this.wait(machine, `replay ${this.ledger.moment()}`, revive)
    })
  }

  die(machine: Machine): void {
    this.verdict.note(`${this.clock.now} ${machine.name} dies`)
    machine.isDead = true
    this.outboxes.get(machine)?.die()
  }

  /** Asks a machine for a promise, within the machine, and waits for that. */
  wait<T>(
    machine: Machine,
    what: string,
    ask: () => PromiseLike<T>,
    settled: (value: T) => void = () => undefined,
  ): void {
    const name = `${what} on ${machine.name}`
    this.open.set(name, machine)
    const end = (run: () => void): void => {
      this.open.delete(name)
      if (!machine.isDead) run()
    }
    running.run(machine, ask).then(
      (value) => end(() => settled(value)),
      () => end(() => undefined),
    )
  }

  /** Judges when nothing is left to do but what time has to bring. */
  judgeRest(): void {
    for (const machine of this.living) this.#traces.judgeShared(machine)
    for (const { machine } of this.#flushes) {
      const { tracker, isDead, isClosing, stillUntil } = machine
      if (isDead || isClosing || stillUntil > this.clock.now || tracker.status().outbox.state !== 'open') continue
      const { pending } = tracker.stats()
      this.verdict.expect(pending > 0, 'a flush waits only for its own', () => machine.name)
    }
  }

  remove(): void {
    this.#traces.stop()
  }

  #launch(place: number): Machine {
    const { settings } = this.script
    const { aheadMs, drift } = settings.clocks[place] ?? { aheadMs: 0, drift: 0 }
    const machine = new Machine(`machine ${place}.${this.machines.length}`, this.clock, aheadMs, drift)
    const outbox = new MachineOutbox(machine, this.storage, this.#random)
    this.outboxes.set(machine, outbox)
    machine.tracker = running.run(machine, () => this.#makeTracker(machine, outbox))
    this.machines.push(machine)
    this.verdict.note(`${this.clock.now} ${machine.name} starts`)
    return machine
  }

  #makeTracker(machine: Machine, outbox: MachineOutbox): EventTracker {
    const { concurrency, attemptTimeoutMs, backoff, maxDeliveryMs } = this.script.settings
    return new this.#engine.EventTracker({
      concurrency,
      attemptTimeoutMs,
      backoff,
      maxDeliveryMs,
      baseUrl: 'https://api.test',
      token: 'token-of-the-world',
      outbox,
      clock: machine.ownClock,
      fetch: ((input: string | LightRequest, init?: RequestInit) =>
        this.#fetch(machine, new LightRequest(input, init))) as unknown as NonNullable<TrackerOptions['fetch']>,
      onDelivered: (_, { customerId, id }) => this.#told(machine, customerId, id, 'delivered'),
      onError: (error, about) => {
        if (!error.kept && about !== undefined) this.#told(machine, about.customerId, about.id, error.message)
      },
      logger: { warn: () => undefined, error: () => undefined },
    })
  }

  #fetch(machine: Machine, request: LightRequest): Promise<Response> {
    const arrived = (exchange: Exchange): void => {
      this.verdict.note(`${this.clock.now} ${machine.name} sends ${exchange.label}`)
      const id = request.headers.get('idempotency-key') ?? ''
      this.#judgeLease(machine, exchange, id)
      this.ledger.arrived(exchange.label, id, hasTaken(exchange))
    }
    const answer = this.api.fetch(request, { arrived, answered: nothing, givenUp: nothing })
    return new Promise((resolve, reject) => {
      answer.then(
        (response) => machine.reach(() => resolve(response)),
        (error: Error) => machine.reach(() => reject(error)),
      )
    })
  }

  #judgeLease(machine: Machine, { label, customer }: Exchange, id: string): void {
    const isErased = this.ledger.named(customer, id)?.mayBeErased === true
    const isLent = this.storage.isLentTo(this.outboxes.get(machine), { customerId: customer, id, environment: 'test' })
    this.verdict.expect(
      isLent || isErased,
      'a machine sends only what is lent to it',
      () => `${label} by ${machine.name}`,
    )
  }

  #told(machine: Machine, customer: string, id: string, what: string): void {
    const event = this.ledger.named(customer, id)
    if (event === undefined || machine.isDead) return
    this.verdict.note(`${this.clock.now} ${machine.name} tells ${what} of ${event.label}`)
    const isFirst = !event.toldBy.has(machine) || event.isReplayed
    // No outbox remembers what has died when it is given it again, as whoever has not heard that it was stored does.
    const { storedUnheard } = this.outboxes.get(event.machine) ?? {}
    const isAnother = what !== 'delivered' && storedUnheard?.has(keyOf({ customerId: customer, id })) === true
    this.verdict.expect(isFirst || isAnother, 'the hooks of a machine are told of an end once', () => event.label)
    event.toldBy.add(machine)
    const isAlone = !this.script.isCalm || event.toldBy.size === 1
    this.verdict.expect(isAlone, 'the hooks are told where an event was sent, and there alone', () => event.label)
  }

  #judgeOutcome(event: SeveralEvent, outcome: string): void {
    const { label, taken, mayBeErased, isReplayed, machine, storedAt } = event
    const expect = (isKept: boolean, promise: string) => this.verdict.expect(isKept, promise, () => label)
    if (outcome === 'delivered') expect(taken > 0, 'what is said to be delivered has arrived')
    const isDead = this.storage.plain.letters.some(({ entry }) => entry.id === event.delivery.id)
    if (outcome === 'dead') expect(isDead || mayBeErased || isReplayed, 'what is said to be dead is a dead letter')
    if (outcome === 'dropped') expect(mayBeErased || machine.isClosing, 'nothing is dropped but what was erased')
    if (outcome === 'rejected') expect(storedAt === Infinity, 'what is stored is not rejected')
  }

  #judgeCounts(): void {
    for (const { tracker, name } of this.living) {
      const { accepted, ...counts } = tracker.stats()
      const isSound = Object.values(counts).every((count) => count >= 0)
      const sum = Object.values(counts).reduce((total, count) => total + count, 0)
      const details = () => `${name}: ${JSON.stringify({ accepted, ...counts })}`
      this.verdict.expect(isSound && sum === accepted, 'the counts of each machine add up', details)
    }
  }
}

function nothing(): void {}
