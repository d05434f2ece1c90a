import type { Report } from '../../src/delivery/outcomes.ts'
import type { EventTracker } from '../../src/tracker.ts'
import type { Expect } from './broken.ts'
import type { Ledger } from './ledger.ts'
import type { Tracked } from './tracked.ts'

interface Wait {
  readonly kind: 'flush' | 'shutdown'
  readonly covers: readonly Tracked[]
  readonly deadline: number
  report: Report | undefined
}

/** The flushes and shutdowns of a program. */
export class Waits {
  readonly #ledger: Ledger
  readonly #expect: Expect
  readonly #waits: Wait[] = []
  /** The earliest deadline of a shutdown. */
  #closing = Infinity
  #isClosing = false

  constructor(ledger: Ledger, expect: Expect) {
    this.#ledger = ledger
    this.#expect = expect
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  make(tracker: EventTracker, kind: Wait['kind'], timeoutMs: number | undefined, now: number): void {
    const wait: Wait = {
      kind,
      covers: [...this.#ledger.owed],
      deadline: now + (timeoutMs ?? Infinity),
      report: undefined,
    }
    this.#waits.push(wait)
    if (kind === 'shutdown') {
      this.#isClosing = true
      this.#closing = Math.min(this.#closing, wait.deadline)
    }
    tracker[kind](timeoutMs === undefined ? {} : { timeoutMs }).then(
      (report) => (wait.report = report),
      () => this.#expect(false, `${kind} rejects`),
    )
  }

  check(now: number): void {
    for (const [at, { kind, covers, deadline, report }] of [...this.#waits.entries()].toReversed()) {
      const isOver = covers.every((it) => !it.isPending) || (kind === 'flush' ? deadline : this.#closing) <= now
      this.#expect(isOver === (report !== undefined), `${kind} ${isOver ? 'does not resolve' : 'resolves too early'}`)
      if (kind === 'shutdown' && report) this.#expect(report.pending === 0, 'something is owed after the shutdown')
      if (report) this.#waits.splice(at, 1)
    }
  }
}
