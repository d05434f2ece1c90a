import type { EventInfo } from '../../src/event/event.ts'
import type { EventTrackingError } from '../../src/errors/errors.ts'
import { EventTracker } from '../../src/tracker.ts'
import { Broken } from './broken.ts'
import { Caller } from './caller.ts'
import { Controllers } from './controllers.ts'
import { EndedCheck, isProgress } from './ended-check.ts'
import { FakeClock } from './fake-clock.ts'
import { eventNames } from './given-call.ts'
import { Ledger } from './ledger.ts'
import { OwedCheck } from './owed-check.ts'
import { type Act, type Place, plainCall, type Program, type Step } from './program.ts'
import { type ApiListener, ScriptedApi } from './scripted-api.ts'
import type { Tracked } from './tracked.ts'
import { Waits } from './waits.ts'

/** Runs a program against a tracker, and notes every promise that it breaks. */
export class Model {
  readonly #program: Program
  readonly #clock = new FakeClock()
  readonly #ledger = new Ledger()
  readonly #controllers: Controllers
  readonly #waits: Waits
  readonly #api: ScriptedApi
  readonly #caller: Caller
  readonly #owedCheck: OwedCheck
  readonly #endedCheck: EndedCheck
  readonly #tracker: EventTracker
  readonly #broken = new Broken()
  readonly #asidesDone: Record<Place, number> = { hook: 0, logger: 0, token: 0, fetch: 0 }
  #hooks = 0
  #isAtRest = true
  #isTelling = false

  constructor(program: Program) {
    const { expect } = this.#broken
    const aside = (place: Place) => this.#aside(place)
    this.#program = program
    this.#controllers = new Controllers(expect)
    this.#waits = new Waits(this.#ledger, expect)
    const arrived: ApiListener['arrived'] = (...about) => this.#arrived(...about)
    const failed: ApiListener['failed'] = (tracked, since) => this.#owedCheck.failed(tracked, since)
    this.#api = new ScriptedApi(program, this.#clock, { arrived, failed, aside, expect })
    const inside = () => this.#checkBooks()
    this.#caller = new Caller(program, this.#ledger, this.#controllers, { inside, expect })
    this.#owedCheck = new OwedCheck(program, this.#clock, this.#ledger, this.#api, expect)
    this.#endedCheck = new EndedCheck(this.#ledger, expect)
    this.#tracker = this.#makeTracker()
  }

  /** @returns how many steps were made */
  async run(): Promise<number> {
    const end: Step[] = [
      { kind: 'acts', acts: [{ kind: 'shutdown', timeoutMs: undefined }], until: 'rest' },
      // Every attempt and every budget has ended by then, one after the other.
      { kind: 'pass', ms: 1_000_000 * (this.#program.steps.length + 10) },
      { kind: 'acts', acts: [{ kind: 'call', call: plainCall }], until: 'rest' },
      { kind: 'oversleep', ms: 100_000 },
    ]
    const steps = [...this.#program.steps, ...end]
    for (const step of steps) {
      await this.#make(step)
      this.#broken.report(JSON.stringify(step))
    }
    this.#broken.expect(this.#tracker.stats().pending === 0, 'something is owed after the end')
    this.#broken.expect(this.#clock.held === 0, 'a timer is held after the end')
    await this.#endedCheck.checkEnd()
    this.#broken.report('the end')
    return steps.length
  }

  #makeTracker(): EventTracker {
    const { settings, tokens, hasBeforeSend, hasEventNames, hasLogger } = this.#program
    const { maxRetries, ...others } = settings
    const log = () => this.#aside('logger')
    return new EventTracker({
      ...others,
      // As many as its budget allows an event: that is no number to give.
      ...(maxRetries < Infinity && { maxRetries }),
      baseUrl: 'http://127.0.0.1:9',
      token: tokens.length === 0 ? 'token' : () => this.#api.token(),
      fetch: (request) => this.#api.fetch(request),
      clock: {
        now: () => this.#clock.read(),
        setTimeout: (callback, delayMs) => this.#clock.setTimeout(callback, delayMs),
        clearTimeout: (timer) => this.#clock.clearTimeout(timer),
      },
      ...(hasBeforeSend && { beforeSend: this.#caller.beforeSend }),
      ...(hasEventNames && { eventNames }),
      ...(hasLogger && { logger: { warn: log, error: () => this.#told(log) } }),
      onDelivered: (receipt, about) => this.#hook(receipt, about),
      onError: (error, about) => this.#told(() => this.#hook(error, about)),
    })
  }

  async #make(step: Step): Promise<void> {
    const rest = () => this.#rest()
    if (step.kind !== 'acts') {
      this.#isAtRest = false
      this.#api.tellGate()
      await this.#clock[step.kind](step.ms, rest)
    } else {
      for (const act of step.acts) this.#act(act)
      this.#checkBooks()
      this.#isAtRest = false
      if (step.until === 'microtask') return Promise.resolve()
      if (step.until === 'turn') return new Promise((turn) => setImmediate(turn))
    }
    await rest()
    // What is due at this very moment rings now.
    await this.#clock.pass(0, rest)
    this.#isAtRest = true
    this.#checkBooks()
    this.#endedCheck.check()
    this.#waits.check(this.#clock.now())
    this.#checkTimers()
  }

  #act(act: Act): void {
    const now = this.#clock.now()
    const running = this.#clock.running()
    // While a token is waited for, nobody can tell for which event.
    const isSure = this.#isAtRest && this.#api.tokensAsked === 0
    const moment = { now: running, isSure, isTelling: this.#isTelling, waits: this.#waits }
    if (act.kind === 'call') this.#caller.make(this.#tracker, act.call, moment)
    else if (act.kind === 'abort') this.#controllers.abort(act, isSure)
    else this.#waits.make(this.#tracker, act.kind, act.timeoutMs, now)
  }

  #aside(place: Place): void {
    const act = this.#program.asides[place][this.#asidesDone[place]++]
    const wasAtRest = this.#isAtRest
    this.#isAtRest = false
    if (act) this.#act(act)
    this.#isAtRest = wasAtRest
    this.#checkBooks()
  }

  /** Until nothing stirs any more. */
  async #rest(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < 6; quiet++) {
      const stirs = this.#api.stirs + this.#hooks
      if (stirs !== seen) quiet = 0
      seen = stirs
      await new Promise((turn) => setImmediate(turn))
    }
    if (this.#api.tokensAsked === 0 && !this.#clock.isLate) this.#owedCheck.check()
  }

  #arrived(customer: string, label: string, id: string | null, since: number): Tracked {
    const tracked = this.#ledger.labelled(label)
    const { made } = tracked
    this.#broken.expect(made.customer === customer && tracked.id === id, 'sent under another id or customer')
    this.#broken.expect(tracked.isPending, 'sent after it was settled')
    this.#broken.expect(!tracked.succeeded, 'sent after it had been received')
    const first = this.#ledger.owed.find((it) => it.made.customer === customer)
    this.#broken.expect(first === tracked, 'sent before the one before has ended')
    this.#broken.expect(this.#clock.now() >= tracked.retryFrom, 'sent again earlier than asked')
    this.#owedCheck.tried(tracked, since)
    tracked.requests++
    tracked.isInFlight = true
    this.#checkBooks()
    return tracked
  }

  /** Somebody is told of a failure. */
  #told(tell: () => void): void {
    const wasTelling = this.#isTelling
    this.#isTelling = true
    try {
      tell()
    } finally {
      this.#isTelling = wasTelling
    }
  }

  #hook(told: object, about: EventInfo): void {
    this.#hooks++
    const states = told instanceof Error ? ['rejected', 'dropped'] : ['delivered']
    const it = this.#endedCheck.toldOf(about, told, states)
    if (it?.first.gaveUp) it.unseenEnding ??= endingOf(told)
    const running = this.#clock.running()
    if (it && told instanceof Error) {
      this.#endedCheck.failed(it, told as EventTrackingError, about, running >= this.#owedCheck.endOf(it).from)
    }
    const progress = isProgress(told, this.#program)
    if (progress !== 'no') this.#owedCheck.settled(about.customerId, running, progress === 'yes')
    this.#owedCheck.ended(about.customerId)
    this.#checkBooks()
    this.#aside('hook')
    if (this.#program.hooksThrow) throw new Error('a hook of mine')
  }

  #checkBooks(): void {
    this.#broken.expect(this.#ledger.agreesWith(this.#tracker.stats()), 'the books are wrong')
    this.#broken.expect(this.#ledger.fits(this.#program.settings.queue, 0, 0), 'more is owed than the queue may hold')
  }

  #checkTimers(): void {
    const owes = this.#ledger.owed.length > 0
    this.#broken.expect(this.#clock.held === (owes ? 1 : 0), owes ? 'owed, but no timer' : 'idle, but a timer')
  }
}

/** How an event whose own call no longer waits has ended, by what its hook was told. */
function endingOf(told: object): string {
  if (!(told instanceof Error)) return 'delivered'
  return ['QueueFullError', 'CancelledError', 'ClosedError'].includes(told.name) ? 'dropped' : 'rejected'
}
