import type { Report } from '../../src/delivery/outcomes.ts'
import type { QueueLimits } from '../../src/options/options.ts'
import type { Tracked } from './tracked.ts'

/** The model's own books: every call that counts, in the order of the calls. */
export class Ledger {
  readonly all: Tracked[] = []
  /** Those of which no hook has been told. */
  readonly untold = new Set<Tracked>()
  readonly #labels = new Map<string, Tracked>()
  readonly #ended: Record<string, number> = { delivered: 0, rejected: 0, dropped: 0 }
  #owed: Tracked[] = []
  #unchecked: Tracked[] = []

  add(tracked: Tracked): void {
    this.all.push(tracked)
    this.untold.add(tracked)
    // What is refused for being a repeat that it is not is never sent.
    const { label } = tracked.made
    if (!this.#labels.get(label)?.isPending) this.#labels.set(label, tracked)
    this.#owed.push(tracked)
  }

  /** What is pending now. */
  get owed(): readonly Tracked[] {
    if (this.#owed.every((it) => it.isPending)) return this.#owed
    for (const it of this.#owed) {
      if (it.isPending) continue
      this.#ended[it.state] = (this.#ended[it.state] ?? 0) + 1
      this.#unchecked.push(it)
    }
    return (this.#owed = this.#owed.filter((it) => it.isPending))
  }

  /** What has ended since this was last asked. */
  takeEnded(): Tracked[] {
    void this.owed
    const ended = this.#unchecked
    this.#unchecked = []
    return ended
  }

  labelled(label: string): Tracked {
    const tracked = this.#labels.get(label)
    if (tracked === undefined) throw new Error('What was sent was never tracked')
    return tracked
  }

  agreesWith({ accepted, delivered, rejected, dropped, dead, pending }: Report): boolean {
    const sum = delivered + rejected + dropped + dead + pending
    const isSame = pending === this.owed.length && accepted === this.all.length && dead === 0
    const { delivered: received, rejected: failed, dropped: left } = this.#ended
    return accepted === sum && isSame && delivered === received && rejected === failed && dropped === left
  }

  /** Whether `events` more with `bytes` would fit. */
  fits({ maxEvents, maxBytes }: QueueLimits, events: number, bytes: number): boolean {
    const owedBytes = this.owed.reduce((sum, { made }) => sum + made.bytes, 0)
    return this.owed.length + events <= maxEvents && owedBytes + bytes <= maxBytes
  }

  /** The oldest of what waits that have to leave for `bytes` more; undefined if all of them would not do. */
  evictable(limits: QueueLimits, bytes: number): Tracked[] | undefined {
    const leaving: Tracked[] = []
    let freed = 0
    for (const it of this.owed) {
      if (it.isInFlight) continue
      leaving.push(it)
      freed += it.made.bytes
      if (this.fits(limits, 1 - leaving.length, bytes - freed)) return leaving
    }
    return undefined
  }
}
