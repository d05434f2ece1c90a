import * as sqlite from 'node:sqlite'
import type { EventTracker, Outbox } from '../../src/index.ts'
import { type Exchange, WorldApi } from './api.ts'
import { Caller } from './caller.ts'
import { running, WorldClock } from './clock.ts'
import type { Engine } from './engine.ts'
import { FaultyDatabase } from './faulty-sqlite.ts'
import type { StoreWitness } from './faulty-outbox.ts'
import { WorldFiles } from './files.ts'
import { HealthJudge } from './health-judge.ts'
import { HookJudge } from './hook-judge.ts'
import * as known from './known.ts'
import { Ledger } from './ledger.ts'
import { type HookListener, makeTracker } from './make-tracker.ts'
import { WorldProcess } from './process.ts'
import { ground } from './platform.ts'
import { Random } from './random.ts'
import { RequestJudge } from './request-judge.ts'
import { type Aside, type AsidePlace, type Script, second } from './script.ts'
import { Secrets } from './secrets.ts'
import { StateJudge } from './state-judge.ts'
import { TokenSource } from './token-source.ts'
import type { Verdict } from './verdict.ts'
import { Waits } from './waits.ts'

type Report = ReturnType<EventTracker['stats']>

/** A machine with its processes, one after the other and at times two, over one API and one file. */
export class World {
  readonly clock: WorldClock
  readonly api: WorldApi
  readonly tokens: TokenSource
  readonly ledger = new Ledger()
  readonly waits = new Waits()
  readonly caller: Caller
  readonly verdict: Verdict
  readonly script: Script
  readonly processes: WorldProcess[] = []
  readonly states: StateJudge
  readonly health: HealthJudge
  readonly files = new WorldFiles()
  /** Until when another program holds the file. */
  lockedUntil = 0
  /** Ends of what other programs hold. */
  readonly locks = new Set<() => void>()
  /** When the processes stood still for the last time, until then. */
  thawsAt = -Infinity
  /** When the wall clock was last set. */
  setAt = -Infinity
  readonly #engine: Engine
  readonly #secrets: Secrets
  readonly #requests: RequestJudge
  readonly #told: HookJudge

  constructor(engine: Engine, script: Script, verdict: Verdict) {
    const { settings, dice } = script
    this.#engine = engine
    this.script = script
    this.verdict = verdict
    this.clock = new WorldClock(
      () => this.states.sample(),
      (why) => verdict.broken(why),
    )
    this.api = new WorldApi(this.clock)
    this.tokens = new TokenSource(this.clock)
    this.#secrets = new Secrets(verdict, this.tokens.all)
    this.caller = new Caller(this.ledger, this.waits, this.clock, verdict, settings)
    this.#requests = new RequestJudge(verdict, this.ledger, this.clock, settings)
    this.#told = new HookJudge(verdict, this.ledger, this.clock, settings)
    this.states = new StateJudge(this)
    this.health = new HealthJudge(this)
    ground.clock = this.clock
    ground.random = new Random(dice)
    ground.warned = (text) => this.#secrets.judge('a warning', text)
    ground.modules.set('node:sqlite', { ...sqlite, DatabaseSync: FaultyDatabase })
  }

  /** The process that is in use. One that is missing starts. */
  get process(): WorldProcess {
    const last = this.processes.at(-1)
    return last?.isAlive ? last : this.launch()
  }

  /** The process that is in use, if there is one. */
  get last(): WorldProcess | undefined {
    const last = this.processes.at(-1)
    return last?.isAlive ? last : undefined
  }

  get living(): WorldProcess[] {
    return this.processes.filter(({ isDead }) => !isDead)
  }

  launch(): WorldProcess {
    const { settings } = this.script
    for (const other of this.living) if (other.hasClosed) this.exit(other)
    const name = `process ${this.processes.length + 1}`
    const path = settings.isDurable ? this.files.path : undefined
    const secrets = { tokens: this.tokens.all, secrets: this.#secrets }
    const die = (dying: WorldProcess): void => this.kill(dying)
    const process = new WorldProcess(name, path, this.clock.now, settings, secrets, die, () => this.clock.now)
    this.verdict.note(`${this.clock.now} ${name} starts`)
    const around = {
      ...this,
      engine: this.#engine,
      settings,
      hooks: this.#hooks(),
      requests: () => this.#listener(process),
      witness: () => this.#witness(process),
      die,
    }
    process.tracker = running.run(process, () => makeTracker(process, around))
    this.processes.push(process)
    return process
  }

  /** Runs what a process does. */
  inside<T>(process: WorldProcess, run: () => T): T {
    return running.run(process, run)
  }

  /** Ends a process as SIGKILL does: from now on it does nothing and hears nothing. */
  kill(process: WorldProcess): void {
    if (process.isDead) return
    this.verdict.note(`${this.clock.now} ${process.name} dies`)
    process.isDead = true
    process.endedAt = this.clock.now
    this.waits.died(process)
    const isShared = this.living.some((other) => other.path === process.path && !other.hasClosed)
    // Another one waits for this very file, and must find it.
    if (process.path !== undefined && !isShared) this.files.keepAs(process.path)
    this.clock.later(() => process.release(), 0)
  }

  /** A promise that a tracker has handed out. */
  wait<T>(
    process: WorldProcess,
    what: string,
    mostMs: number,
    promise: PromiseLike<T>,
    settled?: (value: T | undefined, error: unknown) => void,
  ): void {
    this.verdict.note(`${this.clock.now} ${process.name} waits for ${what}`)
    this.waits.add(promise, { what, process, mostMs, since: this.clock.now }, (value, error) => {
      if (error !== undefined) process.secrets.judgeValue('an error', error)
      settled?.(value, error)
    })
  }

  flush(process: WorldProcess, timeoutMs?: number): void {
    const wasOwed = [...this.ledger.all].filter((event) => event.process === process && event.endIn(process) === undefined)
    const promise = process.tracker.flush(timeoutMs === undefined ? {} : { timeoutMs })
    const since = this.clock.now
    this.wait(process, 'flush', this.states.mostMs(timeoutMs), promise, (report) => {
      this.states.judgeReport(report as Report)
      const isEarly = timeoutMs === undefined || (this.clock.now < since + timeoutMs && this.setAt < since)
      if (isEarly) this.states.judgeFlush(process, wasOwed)
    })
  }

  shutdown(process: WorldProcess, timeoutMs?: number): void {
    process.isClosing = true
    const promise = process.tracker.shutdown(timeoutMs === undefined ? {} : { timeoutMs })
    this.wait(process, 'shutdown', this.states.mostMs(timeoutMs), promise, (report) => {
      this.states.judgeReport(report as Report)
      this.#closed(process)
    })
  }

  forget(process: WorldProcess, customer: string): void {
    const erased = [...this.ledger.of(customer)]
    process.forgotAt = this.clock.now
    if (process.isClosing && known.countsClosedTwice()) process.booksAreOff = true
    for (const event of erased) event.mayBeErased = true
    const promise = process.tracker.forget(customer)
    this.wait(process, 'forget', this.states.boundMs, promise, (_, error) => {
      if (error !== undefined) return
      for (const event of erased) {
        if (!event.isLoose && event.process.endedAt <= this.clock.now) event.erasedAt = this.clock.now
        else if (event.process === process && !event.isLoose) event.erasedAt = this.clock.now
      }
    })
  }

  aside(process: WorldProcess, aside: Aside): void {
    const plain = { do: 'call', customer: 0 } as const
    if (aside === 'track') this.caller.make(process, plain)
    else if (aside === 'flush') this.flush(process, 1_000)
    else if (aside === 'forget') this.forget(process, 'customer 0')
    else if (aside === 'shutdown') this.shutdown(process, 5_000)
    else if (aside === 'abort') process.controllers.at(-1)?.abort('aside')
  }

  remove(): void {
    for (const release of this.locks) release()
    for (const process of this.processes) {
      process.isDead = true
      process.release()
    }
    this.files.remove()
  }

  /** What it has open the system closes. */
  exit(process: WorldProcess): void {
    process.isDead = true
    process.release()
  }

  #closed(process: WorldProcess): void {
    if (process.hasClosed) return
    process.hasClosed = true
    process.endedAt = this.clock.now
    this.verdict.note(`${this.clock.now} ${process.name} has shut down`)
  }

  #listener(process: WorldProcess) {
    const judge = this.#requests
    return {
      arrived: judge.arrived.bind(judge, process),
      answered: (exchange: Exchange) => {
        judge.answered(process, exchange)
        // While the API settles others, an event has its whole budget again.
        if (typeof exchange.reply.status === 'number') this.waits.settledOne(process, this.clock.now)
      },
      givenUp: judge.givenUp.bind(judge, process),
    }
  }

  #hooks(): HookListener {
    const runAside = (process: WorldProcess, place: AsidePlace): unknown => {
      this.states.sample()
      const aside = process.takeAside(place)
      if (aside === undefined || process.isDead) return undefined
      if (aside === 'throw') throw new Error('code of the user threw')
      if (aside === 'reject' && (place === 'fetch' || place === 'token')) throw new Error('code of the user threw')
      if (aside === 'reject') return Promise.reject(new Error('code of the user rejected'))
      this.aside(process, aside)
      return undefined
    }
    return {
      delivered: (process, ...told) => {
        this.#told.delivered(process, ...told)
        this.health.ended(told[1].customerId)
        return runAside(process, 'onDelivered')
      },
      failed: (process, ...told) => {
        this.#failed(process, ...told)
        return runAside(process, 'onError')
      },
      logged: (process, text) => {
        if (process.isDead) return undefined
        process.secrets.judge('a log', text)
        return runAside(process, 'logger')
      },
      aside: runAside,
    }
  }

  #failed(process: WorldProcess, ...told: Parameters<HookJudge['failed']> extends [unknown, ...infer T] ? T : never): void {
    const [error, about] = told
    const [event, ...twins] = this.ledger.named(about.customerId, about.id)
    const isGivenUp = error.code === 'timeout' && process.path === undefined && !process.isClosing
    if (event && twins.length === 0 && isGivenUp) {
      this.health.judge(process, event)
      const isUntried = this.clock.now === this.thawsAt && !known.costsBudget()
      this.verdict.expect(!isUntried, 'after a freeze an event gets one more attempt', () => event.label)
    }
    this.#told.failed(process, ...told)
    this.health.ended(about.customerId)
  }

  /** What cannot be written is remembered by the process, and dies with it. */
  #isWritten({ sqlFaults, sqlFailedAt }: WorldProcess): boolean {
    const { now } = this.clock
    return !sqlFaults.isDiskFull && now >= this.lockedUntil && now > sqlFailedAt + 10 * second
  }

  #witness(process: WorldProcess): StoreWitness {
    const eventOf = (entry: Parameters<StoreWitness['removed']>[0]) => this.ledger.named(entry.customerId, entry.id)[0]
    return {
      called: (method) => this.verdict.note(`${this.clock.now} ${process.name} asks its store to ${method}`),
      appended: (entry, fate) => {
        const event = eventOf(entry)
        if (!event || process.isDead) return
        event.isHanded = false
        if (fate === 'stored') event.isStored = true
      },
      settled: ({ entry }: { entry: Parameters<Outbox['append']>[0][number] }, { kind }, isRecorded) => {
        const event = eventOf(entry)
        if (!event || !isRecorded || process.isDead || event.isLoose || !this.#isWritten(process)) return
        if (kind === 'delivered' || kind === 'dead') event.recorded = kind
      },
      appending: (entry) => {
        const event = eventOf(entry)
        if (event) event.isHanded = true
      },
      settling: (entry) => {
        const event = eventOf(entry)
        if (event) event.settledAt = Math.min(event.settledAt, this.clock.now)
      },
      left: (entry) => {
        const event = eventOf(entry)
        if (event) event.mayHaveLeft = true
      },
      removed: (entry) => {
        const event = eventOf(entry)
        if (event && !process.isDead) event.recorded = 'removed'
      },
    }
  }
}
