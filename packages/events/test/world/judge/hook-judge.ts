import type { EventTrackingError, Receipt } from '../../../src/index.ts'
import type { WorldClock } from '../machine/clock.ts'
import type { Ledger, WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'
import type { Verdict } from './verdict.ts'

export type About = { id: string; operation: string; customerId: string; attempts: number }

/** By which an error says that somebody decided against an event. */
const decisions = new Set(['queue_full', 'cancelled', 'closed'])

/** Judges what hooks are told: each event once, and the truth. */
export class HookJudge {
  readonly #verdict: Verdict
  readonly #ledger: Ledger
  readonly #clock: WorldClock
  readonly #settings: ScriptSettings

  constructor(verdict: Verdict, ledger: Ledger, clock: WorldClock, settings: ScriptSettings) {
    this.#verdict = verdict
    this.#ledger = ledger
    this.#clock = clock
    this.#settings = settings
  }

  delivered(process: WorldProcess, receipt: Receipt, about: About): void {
    process.told.delivered++
    process.secrets.judgeValue('onDelivered', [receipt, about])
    const events = this.#told(process, about, 'delivered')
    const hasArrived = events.some(({ taken }) => taken > 0)
    this.#verdict.expect(hasArrived, 'what is said to be delivered has arrived', () => about.id)
  }

  failed(process: WorldProcess, error: EventTrackingError, about: About): void {
    process.secrets.judgeValue('onError', [error, about])
    // With the error of one event it is told that all are refused.
    if (error.kept) return
    process.told.failed++
    this.#judgeReason(process, error, about)
    this.#told(process, about, this.#outcomeOf(process, error, about))
  }

  /** Nothing is dropped or refused without a reason that the caller gave. */
  #judgeReason({ isClosing }: WorldProcess, { code }: EventTrackingError, about: About): void {
    const [event, ...twins] = this.#ledger.named(about.customerId, about.id)
    if (event === undefined || twins.length > 0) return
    const isAsked = event.mayBeErased || event.calls.some(({ hasSignal }) => hasSignal)
    const isFull = this.#settings.maxEvents < 1_000 || this.#settings.maxBytes < 1_000_000
    const reasons: Partial<Record<typeof code, boolean>> = { cancelled: isAsked, queue_full: isFull, closed: isClosing }
    const isSound = event.label === '' || code !== 'validation'
    this.#verdict.expect(
      isSound && (reasons[code] ?? true),
      `nothing ends as ${code} without a reason`,
      () => event.label,
    )
  }

  #outcomeOf(process: WorldProcess, error: EventTrackingError, about: About): string {
    if (decisions.has(error.code) && error.name !== 'ClosedError') return 'dropped'
    const event = this.#ledger.named(about.customerId, about.id).at(-1)
    const state = event?.calls.find((call) => call.process === process)?.delivery.toJSON().state
    return state === undefined || state === 'pending' ? error.name : state
  }

  #told(process: WorldProcess, about: About, outcome: string): WorldEvent[] {
    this.#verdict.note(`${this.#clock.now} ${process.name} is told ${outcome} of ${about.id}`)
    const events = this.#ledger.named(about.customerId, about.id)
    if (events.length === 0) {
      this.#verdict.expect(about.customerId === '', 'hooks are told of what was tracked', () => about.id)
      return events
    }
    const [event] = events
    if (events.length > 1 || event === undefined || event.isLoose) {
      for (const each of events) each.toldIn.set(process, [...(each.toldIn.get(process) ?? []), outcome])
      return events
    }
    const before = event.toldIn.get(process) ?? []
    const once = event.isReplayed || before.length === 0
    this.#verdict.expect(once, 'each event is told once', () => `${event.label}: ${before.join()}, ${outcome}`)
    event.toldIn.set(process, [...before, outcome])
    return events
  }
}
