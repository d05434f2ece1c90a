import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'
import type { Ledger, MadeCall, WorldEvent } from './ledger.ts'
import type { Verdict } from './verdict.ts'

/** The queue of a process before a call. */
interface Before {
  readonly pending: number
  readonly owed: readonly WorldEvent[]
  readonly bytes: number
}

/** Judges the bounds of the queue: it holds no more than it may, refuses nothing that it could hold, and lets go of the oldest. */
export class QueueJudge {
  readonly #verdict: Verdict
  readonly #ledger: Ledger
  readonly #settings: ScriptSettings

  constructor(verdict: Verdict, ledger: Ledger, settings: ScriptSettings) {
    this.#verdict = verdict
    this.#ledger = ledger
    this.#settings = settings
  }

  /** @returns what the queue holds; undefined where its bounds are far away */
  before(process: WorldProcess): Before | undefined {
    if (this.#settings.maxEvents > 1_000 && this.#settings.maxBytes > 1_000_000) return undefined
    const owed = [...this.#ledger.all].filter((event) => isOwed(process, event))
    // Of those that share an id nobody sees which of them has ended.
    if (owed.some(({ isLoose }) => isLoose)) return undefined
    return { pending: process.tracker.stats().pending, owed, bytes: bytesOf(owed) }
  }

  /** @param isPlain it was made by no hook, and would be taken by an empty queue */
  judge(process: WorldProcess, { isCounted, delivery }: MadeCall, made: WorldEvent, before: Before, isPlain: boolean) {
    const bytes = bytesOf([made])
    const { maxEvents, maxBytes } = this.#settings
    // Of a wait that its signal ended nobody sees whether its event is still there.
    const isSure = !before.owed.some(({ calls }) => calls.some(({ hasSignal }) => hasSignal))
    const mustLeave = before.pending >= maxEvents || before.bytes + bytes > maxBytes
    const isFull = mustLeave || !isSure
    const isRefused = isCounted && delivery.toJSON().state === 'dropped'
    const about = () => `${made.label} at ${before.pending} events, ${before.bytes} bytes`
    const expect = (isKept: boolean, promise: string) => this.#verdict.expect(isKept, promise, about)
    if (isPlain && isRefused) expect(isFull, 'the queue refuses nothing that it can hold')
    if (mustLeave && this.#settings.overflow === 'drop-oldest') {
      // Where a signal has ended the wait, only a hook tells that its event had to leave, a turn later.
      for (const event of before.owed) event.mayHaveLeft ||= event.calls.some(({ hasSignal }) => hasSignal)
    }
    this.#judgeBounds(process, isSure, expect)
    const left = before.owed.filter((event) => !isOwed(process, event))
    if (left.length === 0 || !isSure || !isPlain) return
    expect(!isRefused && this.#settings.overflow === 'drop-oldest', 'nothing leaves the queue in vain')
    this.#judgeLeft(process, left, expect)
  }

  #judgeBounds(process: WorldProcess, isSure: boolean, expect: Expect): void {
    const { maxEvents, maxBytes } = this.#settings
    // What a durable outbox has takes no place, whether it has said so or only lent it.
    const hasLent = ({ arrivals }: WorldEvent) => process.path !== undefined && arrivals > 0
    const held = [...this.#ledger.all].filter((event) => isOwed(process, event) && !event.isStored && !hasLent(event))
    const count = process.path === undefined ? process.tracker.stats().pending : held.length
    const isKnown = process.path === undefined || (process.hasHooks && !held.some(({ isLoose }) => isLoose))
    if (isKnown) expect(count <= maxEvents, 'the queue holds no more events than it may')
    if (isSure && isKnown) expect(bytesOf(held) <= maxBytes, 'the queue holds no more bytes than it may')
  }

  /** As few have left as will do, and the oldest of those that were not in flight. */
  #judgeLeft(process: WorldProcess, left: readonly WorldEvent[], expect: Expect): void {
    const { maxEvents, maxBytes } = this.#settings
    const owed = [...this.#ledger.all].filter((event) => isOwed(process, event))
    const last = left.at(-1) as WorldEvent
    const isNeeded = owed.length + 1 > maxEvents || bytesOf([...owed, last]) > maxBytes
    expect(isNeeded, 'no more leave the queue than have to')
    const older = owed.find((event) => event.order < last.order && event.arrivals === 0 && !event.isLoose)
    if (!process.hadSlowToken) expect(older === undefined, 'the oldest leave a queue that is full')
  }
}

type Expect = (isKept: boolean, promise: string) => void

/** A call of this process is pending that made an event. */
function isOwed(process: WorldProcess, { calls, toldIn, isLoose }: WorldEvent): boolean {
  if (toldIn.has(process) && !isLoose) return false
  return calls.some((call) => call.process === process && call.isCounted && call.delivery.toJSON().state === 'pending')
}

function bytesOf(events: readonly WorldEvent[]): number {
  return events.reduce((sum, { content }) => sum + Buffer.byteLength(JSON.stringify(content)), 0)
}
