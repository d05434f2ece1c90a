import { createHook } from 'node:async_hooks'
import type { TrackerStats } from '../../../src/event/report.ts'

interface Countable {
  stats(): TrackerStats
}

/** Looks at the counts of trackers before and after every callback, microtask and timer of the process. */
export class BooksWatch implements Disposable {
  /** Number of looks. */
  looks = 0
  readonly #trackers: Countable[] = []
  readonly #wrong = new Set<string>()
  readonly #hook = createHook({ before: () => this.look(), after: () => this.look() })

  constructor() {
    this.#hook.enable()
  }

  add(tracker: Countable): void {
    this.#trackers.push(tracker)
  }

  look(): void {
    this.looks++
    for (const tracker of this.#trackers) {
      const problem = problemOf(tracker.stats())
      if (problem !== undefined) this.#wrong.add(problem)
    }
  }

  /** The counts that did not add up; empty where all did. */
  get wrong(): string[] {
    return [...this.#wrong]
  }

  [Symbol.dispose](): void {
    this.#hook.disable()
  }
}

function problemOf(report: TrackerStats): string | undefined {
  const { accepted, delivered, rejected, dropped, dead, pending } = report
  const isBalanced = accepted === delivered + rejected + dropped + dead + pending
  const isWhole = Object.values(report).every((count) => Number.isSafeInteger(count) && count >= 0)
  return isBalanced && isWhole ? undefined : JSON.stringify(report)
}
