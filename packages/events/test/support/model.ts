import type { Report } from '../../src/books.ts'
import type { About } from '../../src/options.ts'
import { EventTracker } from '../../src/tracker.ts'
import { FakeClock } from './fake-clock.ts'
import type { Call, Program, Step } from './program.ts'
import { ScriptedApi } from './scripted-api.ts'
import { Tracked } from './tracked.ts'

interface Wait {
  readonly kind: 'flush' | 'shutdown'
  readonly covers: Tracked[]
  readonly deadline: number
  report: Report | undefined
}

/** Runs a program against a tracker, and notes every promise that it breaks. */
export class Model {
  readonly #program: Program
  readonly #clock = new FakeClock()
  readonly #api: ScriptedApi
  readonly #tracker: EventTracker
  readonly #tracked: Tracked[] = []
  readonly #waits: Wait[] = []
  readonly #broken = new Set<string>()
  #calls = 0
  #echoed = 0
  #hooks = 0
  #overslept = 0
  #lastEnd = 0

  constructor(program: Program) {
    this.#program = program
    const expect = (holds: boolean, otherwise: string) => this.#expect(holds, otherwise)
    this.#api = new ScriptedApi(program, this.#clock, { arrived: (...about) => this.#arrived(...about), expect })
    this.#tracker = new EventTracker({
      ...program.settings,
      baseUrl: 'http://127.0.0.1:9',
      token: program.tokens.length === 0 ? 'token' : () => this.#api.token(),
      fetch: (request) => this.#api.fetch(request),
      clock: this.#clock,
      onDelivered: (_, about) => this.#hook(about, ['delivered']),
      onError: (_, about) => this.#hook(about, ['rejected', 'dropped']),
    })
  }

  /** @returns how many steps were made */
  async run(): Promise<number> {
    const { maxDeliveryMs, attemptTimeoutMs } = this.#program.settings
    const late: Call = { customer: 'ann', operation: 'track', id: 'none', flaw: 'none' }
    const end: Step[] = [
      { kind: 'shutdown', timeoutMs: undefined },
      { kind: 'pass', ms: 100 * (maxDeliveryMs + 2 * attemptTimeoutMs + 700) },
      { kind: 'call', calls: [late] },
      { kind: 'oversleep', ms: 100_000 },
    ]
    const steps = [...this.#program.steps, ...end]
    for (const step of steps) await this.#make(step)
    this.#expect(this.#tracker.stats().pending === 0, 'something is owed after the end')
    this.#expect(this.#clock.held === 0, 'a timer is held after the end')
    this.#report('the end')
    return steps.length
  }

  async #make(step: Step): Promise<void> {
    const rest = () => this.#rest()
    if (step.kind === 'call') for (const call of step.calls) this.#call(call)
    else if ('timeoutMs' in step) this.#wait(step.kind, step.timeoutMs)
    else await this.#clock[step.kind](step.ms, rest)
    if (step.kind === 'oversleep') this.#overslept += step.ms
    this.#checkBooks()
    await rest()
    await this.#clock.pass(0, rest)
    this.#checkBooks()
    this.#checkEvents()
    this.#checkWaits()
    this.#report(JSON.stringify(step))
  }

  #call({ customer: name, operation, id, flaw }: Call): void {
    const customer = flaw === 'no customer' ? '' : name
    const own = id === 'last' ? this.#tracked.at(-1)?.delivery.id : id === 'none' ? undefined : id
    const given = flaw === 'bad id' ? ' a' : own
    const options = { ...(given !== undefined && { id: given }), ...(flaw === 'unknown option' && { key: 'a' }) }
    const first = this.#tracked.find(
      (it) => it.isPending && it.customer === customer && it.operation === operation && it.delivery.id === given,
    )
    const label = flaw === 'blank' ? '' : `call ${this.#calls++}`
    const delivery =
      operation === 'track'
        ? this.#tracker.trackEvent(customer, label, options)
        : this.#tracker.identifyCustomer(customer, { name: label, email: 'a@b.c', properties: {} }, options)
    if (first === undefined) this.#tracked.push(new Tracked(customer, operation, label, delivery, this.#clock.now()))
    else first.repeats.push(delivery)
  }

  #wait(kind: Wait['kind'], timeoutMs: number | undefined): void {
    const covers = this.#tracked.filter((it) => it.isPending)
    const wait: Wait = { kind, covers, deadline: this.#clock.now() + (timeoutMs ?? Infinity), report: undefined }
    this.#waits.push(wait)
    this.#tracker[kind](timeoutMs === undefined ? {} : { timeoutMs }).then(
      (report) => (wait.report = report),
      () => this.#expect(false, `${kind} rejects`),
    )
  }

  /** Until nothing stirs any more. */
  async #rest(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < 6; quiet++) {
      const stirs = this.#api.stirs + this.#hooks
      if (stirs !== seen) quiet = 0
      seen = stirs
      await new Promise((turn) => setImmediate(turn))
    }
  }

  #arrived(customer: string, label: string, id: string | null): () => void {
    const tracked = this.#tracked.find((it) => it.label === label)
    if (tracked === undefined) throw new Error('what was sent was never tracked')
    this.#expect(tracked.customer === customer && tracked.delivery.id === id, 'sent under another id or customer')
    this.#expect(tracked.isPending, 'sent after it was settled')
    this.#expect(!tracked.succeeded, 'sent after it had been received')
    const before = this.#tracked.slice(0, this.#tracked.indexOf(tracked))
    this.#expect(!before.some((it) => it.customer === customer && it.isPending), 'sent before the one before has ended')
    tracked.requests++
    this.#checkBooks()
    return () => (tracked.succeeded = true)
  }

  #hook({ id, customerId }: About, states: string[]): void {
    this.#hooks++
    const tracked = this.#tracked.find(
      (it) =>
        it.hooks === 0 &&
        !it.isUntold &&
        it.delivery.id === id &&
        it.customer === customerId &&
        states.includes(it.state),
    )
    this.#expect(tracked !== undefined, 'a hook for what has not ended, or has been told')
    if (tracked) tracked.hooks++
    this.#lastEnd = this.#clock.now()
    this.#checkBooks()
    if (this.#echoed++ < this.#program.echoes) {
      this.#call({ customer: customerId, operation: 'track', id: 'none', flaw: 'none' })
      const echo = this.#tracked.at(-1)
      if (echo !== undefined && states.includes('rejected')) echo.isUntold = !echo.isPending
    }
    if (this.#program.hooksThrow) throw new Error('a hook of mine')
  }

  #checkBooks(): void {
    const { accepted, delivered, rejected, dropped, dead, pending } = this.#tracker.stats()
    const count = (state: string) => this.#tracked.filter((it) => it.state === state).length
    const sum = delivered + rejected + dropped + dead + pending
    this.#expect(accepted === sum && accepted === this.#tracked.length, 'the books do not balance')
    this.#expect(pending === count('pending') && delivered === count('delivered'), 'the books tell something else')
    this.#expect(rejected === count('rejected') && dropped === count('dropped'), 'the books tell of other failures')
  }

  #checkEvents(): void {
    const { maxDeliveryMs, attemptTimeoutMs, maxRetries } = this.#program.settings
    // A budget ends no attempt, and what need not wait is attempted again at once; each may wait for a token first.
    const longest = maxDeliveryMs + (maxRetries + 2) * 2 * attemptTimeoutMs + this.#overslept
    for (const it of this.#tracked) {
      this.#expect(it.hooks === (it.isPending || it.isUntold ? 0 : 1), 'an end without a hook')
      this.#expect(!it.succeeded || it.isPending || it.state === 'delivered', 'received, but not delivered')
      this.#expect(it.state !== 'delivered' || it.succeeded, 'delivered, but not received')
      this.#expect(it.requests <= maxRetries + 2, 'more requests than retries allow')
      const same = it.repeats.every((repeat) => repeat.toJSON().state === it.state && repeat.id === it.delivery.id)
      this.#expect(same, 'a repeat has another outcome')
      const end = Math.max(it.acceptedAt, this.#lastEnd) + longest
      this.#expect(!it.isPending || this.#clock.now() <= end, 'owed for longer than its budget')
    }
    const owes = this.#tracked.some((it) => it.isPending)
    this.#expect(this.#clock.held === (owes ? 1 : 0), owes ? 'owed, but no timer' : 'idle, but a timer')
  }

  #checkWaits(): void {
    const closing = this.#waits.filter(({ kind }) => kind === 'shutdown')
    const closed = Math.min(...closing.map(({ deadline }) => deadline))
    for (const { kind, covers, deadline, report } of this.#waits) {
      const hasEnded = covers.every((it) => !it.isPending)
      const isOver = hasEnded || (kind === 'flush' ? deadline : closed) <= this.#clock.now()
      this.#expect(isOver === (report !== undefined), `${kind} ${isOver ? 'does not resolve' : 'resolves too early'}`)
      if (kind === 'shutdown' && report) this.#expect(report.pending === 0, 'something is owed after the shutdown')
    }
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds) this.#broken.add(otherwise)
  }

  #report(when: string): void {
    if (this.#broken.size > 0) throw new Error(`${[...this.#broken].join('; ')} (at ${when})`)
  }
}
