import type { EventTracker, TrackerStats } from '../../../src/index.ts'

/** Looks at the totals of trackers again and again. */
export class Books {
  samples = 0
  /** Totals that did not balance. */
  readonly wrong: TrackerStats[] = []
  readonly #trackers = new Set<EventTracker>()

  watch(tracker: EventTracker): void {
    this.#trackers.add(tracker)
  }

  forget(tracker: EventTracker): void {
    this.#trackers.delete(tracker)
  }

  readonly sample = (): void => {
    for (const tracker of this.#trackers) {
      this.samples++
      const report = tracker.stats()
      const { accepted, delivered, rejected, dropped, dead, pending } = report
      const least = Math.min(accepted, delivered, rejected, dropped, dead, pending)
      if (accepted !== delivered + rejected + dropped + dead + pending || least < 0) this.wrong.push(report)
    }
  }
}
