import type { EventTracker } from '../../../src/index.ts'
import type { HealthJudge } from './health-judge.ts'
import type { Ledger, WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { Seen } from './seen.ts'

type Report = ReturnType<EventTracker['stats']>

const names = ['accepted', 'dead', 'delivered', 'dropped', 'pending', 'rejected']

/** Judges where the trackers stand: at each callback that their counts balance, at rest whatever can be seen then. */
export class StateJudge {
  readonly #seen: Seen
  readonly #health: HealthJudge

  constructor(seen: Seen, health: HealthJudge) {
    this.#seen = seen
    this.#health = health
  }

  /** The time that the tracker's own deadline bounds. */
  get boundMs(): number {
    return this.#seen.script.settings.maxDeliveryMs
  }

  /** Without a deadline it is the end of the script that tells. */
  mostMs(timeoutMs: number | undefined): number {
    return timeoutMs ?? Infinity
  }

  /** At any moment. */
  sample(): void {
    for (const process of this.#seen.processes) {
      const isJudged = !process.isDead && process.tracker !== undefined
      if (isJudged) this.judgeReport(process.tracker.stats())
    }
  }

  judgeReport(report: Report): void {
    const { accepted, delivered, rejected, dropped, dead, pending } = report
    const counts = [accepted, delivered, rejected, dropped, dead, pending]
    const isSound = counts.every((count) => Number.isSafeInteger(count) && count >= 0)
    const isBalanced = accepted === delivered + rejected + dropped + dead + pending
    const hasNames = Object.keys(report).toSorted().join() === names.join()
    this.#expect(isSound && isBalanced && hasNames, 'the counts add up, and no count is negative', () =>
      JSON.stringify(report),
    )
  }

  /** Judges when nothing is left to do but what time has to bring. */
  judgeRest(): void {
    const { waits, clock } = this.#seen
    this.sample()
    this.#health.judgeRest()
    for (const { what, process, mostMs, since } of waits.overdue(clock.now)) {
      const details = () => `${what} of ${process.name}, handed out at ${since}, within ${mostMs}; now ${clock.now}`
      this.#expect(false, `every promise settles by its deadline (${what.split(' ')[0]})`, details)
    }
    for (const process of this.#seen.living) {
      if (process.hasClosed) this.#judgeClosed(process)
      else this.#judgeTimers(process)
      if (process.hasHooks) this.#judgeBooks(process)
    }
  }

  /** A flush that began at `since` has ended before its deadline. */
  judgeFlush(process: WorldProcess, wasOwed: readonly WorldEvent[], since: number): void {
    if (!process.hasHooks || process.isClosing) return
    // In a durable outbox what was tried in vain, or must wait, is not waited for.
    const { ledger, api } = this.#seen
    const isPoisoned = api.waf.size > 0 || [...ledger.all].some(({ poison }) => poison !== undefined)
    const isFine = this.#health.wasFineBefore(since) && !isPoisoned
    for (const event of wasOwed) {
      const isExempt = process.path !== undefined && (!isFine || wasTried(event, ledger))
      const hasEnded = event.isLoose || event.mayHaveLeft || event.mayBeErased || event.endIn(process) !== undefined
      this.#expect(hasEnded || isExempt, 'a flush waits for all that was accepted before it', () => event.label)
    }
  }

  #judgeClosed(process: WorldProcess): void {
    const open = this.#seen.waits.of(process)
    this.#expect(open.length === 0, 'every promise settles with the shutdown', () => open[0]?.what ?? '')
    const { clock } = this.#seen
    // A warning waits a moment for somebody who listens.
    const timers = clock.timersOf(process).filter(({ at }) => at > clock.now + 1 && !isUnheard(process, at))
    this.#expect(
      timers.length === 0,
      'no timer is left after the shutdown',
      () => `${timers.length} in ${process.name}`,
    )
    if (process.path !== undefined) return
    this.#expect(process.tracker.stats().pending === 0, 'nothing is pending after the shutdown')
  }

  #judgeTimers(process: WorldProcess): void {
    const { clock, waits } = this.#seen
    const held = clock.timersOf(process).filter(({ isHeld }) => isHeld)
    const [open] = waits.of(process)
    const { pending } = process.tracker.stats()
    const isOwed = process.path === undefined && pending > 0
    if (open !== undefined || isOwed) {
      this.#expect(held.length > 0, 'while something is waited for, a timer holds the process', () => open?.what ?? '')
    } else if (pending === 0 && process.store.open.length <= process.store.hung) {
      // But for a warning's moment, and for an answer of the outbox that is about to come.
      const long = held.filter(({ at }) => at > clock.now + 1 && !isPauseOfFile(process, at))
      const details = () => `${process.name} for ${long.map(({ at }) => at - clock.now).join()} ms`
      this.#expect(long.length === 0, 'an idle tracker holds nothing open', details)
    }
  }

  /** Judges that hooks were told what the counts say. */
  #judgeBooks(process: WorldProcess): void {
    const stats = process.tracker.stats()
    const { told, counted, endedSilently } = process
    const details = () => JSON.stringify({ stats, told, counted, endedSilently })
    this.#expect(stats.delivered === told.delivered, 'each delivered event is told and counted once', details)
    if (process.path !== undefined) return
    this.#expect(stats.accepted === counted, 'each call is counted once', details)
    const owed = counted - told.delivered - told.failed - endedSilently
    this.#expect(stats.pending === owed, 'each event is pending until a hook was told of its end', details)
  }

  #expect(isKept: boolean, promise: string, details?: () => string): void {
    this.#seen.verdict.expect(isKept, promise, details)
  }
}

/** Tells whether an event, or one before it in its lane that has not ended, was tried: it may have to wait for a retry. */
function wasTried(event: WorldEvent, ledger: Ledger): boolean {
  const inLane = [...ledger.of(event.customer)].filter(({ order }) => order <= event.order)
  return inLane.some((each) => each.arrivals > 0 && (each === event || !each.hasEnded))
}

/** The outbox's longest pause between two looks at a file that another program holds. */
const longestPauseMs = 100

/**
 * Tells a timer by which the outbox looks at a busy file again. A call that it was asked, whoever waits for that, holds the
 * process as long as the outbox has patience: two seconds, or `ownerTimeoutMs` where another process owns the file.
 */
function isPauseOfFile({ path, sqlFailedAt }: WorldProcess, at: number): boolean {
  return path !== undefined && at <= sqlFailedAt + longestPauseMs
}

/** Tells the same of an outbox that has not heard that the tracker has given up: the call that says so has failed. */
function isUnheard(process: WorldProcess, at: number): boolean {
  return process.store.failing.has('close') && isPauseOfFile(process, at)
}
