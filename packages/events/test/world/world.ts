import * as sqlite from 'node:sqlite'
import type { EventTracker } from '../../src/index.ts'
import { type Exchange, WorldApi } from './api/api.ts'
import { Caller } from './machine/caller.ts'
import { running, WorldClock } from './machine/clock.ts'
import type { Engine } from './machine/engine.ts'
import { FaultyDatabase } from './store/faulty-sqlite.ts'
import { WorldFiles } from './machine/files.ts'
import { HealthJudge } from './judge/health-judge.ts'
import { HookJudge } from './judge/hook-judge.ts'
import { Ledger, type WorldEvent } from './judge/ledger.ts'
import { type HookListener, makeTracker } from './machine/make-tracker.ts'
import { WorldProcess } from './machine/process.ts'
import { ground } from './machine/platform.ts'
import { Random } from './script/random.ts'
import { RequestJudge } from './judge/request-judge.ts'
import type { Aside, Script } from './script/script.ts'
import type { Seen } from './judge/seen.ts'
import { Secrets } from './judge/secrets.ts'
import { StateJudge } from './judge/state-judge.ts'
import { StoreJudge } from './judge/store-judge.ts'
import { DecisionJudge } from './judge/decision-judge.ts'
import { GateJudge } from './judge/gate-judge.ts'
import { KeepAliveJudge } from './judge/keep-alive-judge.ts'
import { QueueJudge } from './judge/queue-judge.ts'
import { TraceJudge } from './judge/trace-judge.ts'
import { TokenSource } from './api/token-source.ts'
import { UserCode } from './judge/user-code.ts'
import type { Verdict } from './judge/verdict.ts'
import { Waits } from './judge/waits.ts'

type Report = ReturnType<EventTracker['stats']>

/** A machine with its processes, one after the other and at times two, over one API and one file. */
export class World implements Seen {
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
  /** The moment when the processes stood still for the last time, until then. */
  thawsAt = -Infinity
  /** The moment when the wall clock was last set. */
  setAt = -Infinity
  readonly #engine: Engine
  readonly #secrets: Secrets
  readonly #requests: RequestJudge
  readonly #hooks: UserCode
  readonly #gates = new Map<WorldProcess, GateJudge>()
  readonly #keepAlive: KeepAliveJudge
  readonly #decisions: DecisionJudge
  /** In every other script nobody listens, and all has to go the same way. */
  readonly #traces: TraceJudge | undefined

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
    this.api.hasIdentities = settings.hasToken === 'identities'
    this.tokens = new TokenSource(this.clock)
    this.#secrets = new Secrets(verdict, this.tokens.all)
    this.#keepAlive = new KeepAliveJudge(verdict)
    this.#decisions = new DecisionJudge(this)
    this.#traces = dice % 2 === 0 ? new TraceJudge(verdict) : undefined
    const queue = new QueueJudge(verdict, this.ledger, settings)
    this.caller = new Caller(this.ledger, this.waits, this.clock, verdict, settings, queue, this.#keepAlive)
    this.#requests = new RequestJudge(verdict, this.ledger, this.clock, settings)
    this.health = new HealthJudge(this)
    this.states = new StateJudge(this, this.health)
    const hooks = new HookJudge(verdict, this.ledger, this.clock, settings)
    const use = (process: WorldProcess, aside: Aside) => this.aside(process, aside)
    this.#hooks = new UserCode(this, hooks, this.states, this.health, this.#keepAlive, use)
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
    const number = this.processes.length + 1
    const process = new WorldProcess(name, number, path, this.clock.now, settings, secrets, die, () => this.clock.now)
    this.verdict.note(`${this.clock.now} ${name} starts`)
    const { clock, api, tokens } = this
    const around = {
      clock,
      api,
      tokens,
      settings,
      die,
      engine: this.#engine,
      hooks: this.#listeners(),
      requests: () => this.#listener(process),
      witness: () => new StoreJudge(this, this.health, process),
    }
    this.#gates.set(process, new GateJudge(this, process))
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
    const isShared = this.living.some((other) => other.path === process.path && other.hasFile)
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
    const isOf = (event: WorldEvent) => event.process === process || (event.isStored && event.process.isDead)
    const wasOwed = [...this.ledger.all].filter((event) => isOf(event) && event.endIn(process) === undefined)
    const promise = process.tracker.flush(timeoutMs === undefined ? {} : { timeoutMs })
    const since = this.clock.now
    const found = process.isEnabled ? this.ledger.leftTo(process) : []
    this.wait(process, 'flush', this.states.mostMs(timeoutMs), promise, (report) => {
      this.states.judgeReport(report as Report)
      const isEarly = timeoutMs === undefined || (this.clock.now < since + timeoutMs && this.setAt < since)
      // What was tried in vain, and never arrived, is not waited for either.
      const isSeen = process.path === undefined || !process.hasUnseen
      if (isEarly && process.isEnabled && isSeen) this.states.judgeFlush(process, wasOwed, since)
      // Another process may have delivered it meanwhile, and by a standstill the opening is given up.
      const hasFound = (report as Report).accepted >= found.filter(({ mayHaveLeft }) => !mayHaveLeft).length
      const isSure =
        isEarly &&
        this.thawsAt < since &&
        !process.isClosing &&
        !process.store.hadTrouble &&
        process.sqlFailedAt === -Infinity
      this.verdict.expect(!isSure || hasFound, 'a flush waits until the outbox has told what it holds')
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
    for (const event of erased) Object.assign(event, { mayBeErased: true, isKnownAsDelivered: false })
    const erasure = { process, customer }
    this.ledger.erasures.add(erasure)
    const promise = process.tracker.forget(customer)
    this.wait(process, 'forget', this.states.boundMs, promise, (_, error) => {
      if (error !== undefined) return
      this.ledger.erasures.delete(erasure)
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
    else if (aside === 'start') this.wait(process, 'start', this.states.boundMs, process.tracker.start())
    else if (aside === 'dead') this.wait(process, 'deadLetters', this.states.boundMs, process.tracker.deadLetters())
    else if (aside === 'abort') process.controllers.at(-1)?.abort('aside')
  }

  /** Judges when nothing is left to do but what time has to bring. */
  judgeRest(): void {
    for (const process of this.living) {
      this.#traces?.judgeRest(process)
      if (!process.hasClosed) this.#gates.get(process)?.judgeRest()
      if (this.script.settings.waitUntil !== 'none') this.#keepAlive.judgeRest(process)
    }
  }

  remove(): void {
    this.#traces?.stop()
    for (const release of this.locks) release()
    for (const process of this.processes) {
      process.isDead = true
      process.release()
    }
    this.files.remove()
  }

  /** Ends it: the system closes what it has open. */
  exit(process: WorldProcess): void {
    process.isDead = true
    process.release()
  }

  /** The user's code, and the judge of what it is told. */
  #listeners(): HookListener {
    const hooks = this.#hooks
    return {
      delivered: hooks.delivered.bind(hooks),
      logged: hooks.logged.bind(hooks),
      waitUntil: hooks.waitUntil.bind(hooks),
      aside: hooks.aside.bind(hooks),
      failed: (process, error, about) => {
        this.#decisions.failed(process, error, about)
        return hooks.failed(process, error, about)
      },
    }
  }

  #closed(process: WorldProcess): void {
    if (process.hasClosed) return
    process.hasClosed = true
    process.endedAt = this.clock.now
    this.verdict.note(`${this.clock.now} ${process.name} has shut down`)
  }

  #listener(process: WorldProcess) {
    const judge = this.#requests
    const gate = this.#gates.get(process)
    return {
      arrived: (exchange: Exchange) => {
        gate?.sent(exchange)
        this.#decisions.sent(process, exchange)
        judge.arrived(process, exchange)
      },
      answered: (exchange: Exchange) => {
        gate?.ended(exchange, true)
        this.#decisions.answered(exchange)
        judge.answered(process, exchange)
        // While the API settles others, an event has its whole budget again.
        if (typeof exchange.reply.status === 'number') this.waits.settledOne(process, this.clock.now)
      },
      givenUp: (exchange: Exchange) => {
        gate?.ended(exchange, false)
        judge.givenUp(process, exchange)
      },
    }
  }
}
