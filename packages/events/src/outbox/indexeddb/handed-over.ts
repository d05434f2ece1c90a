import { startTimer, stopTimer, timeOfDay } from '../../platform/platform.ts'
import type { Lease } from './lanes.ts'
import { locksOf } from './ownership.ts'

interface Held {
  /** Rings when the lease has run out. */
  readonly timer: unknown
  /** Frees its lane, once the lock of that is held. */
  free?: () => void
}

/**
 * Leases that go on when a tab has given up its right to claim. Each holds a lock of its lane, so that the next owner leaves
 * that lane alone until the attempt is settled, the lease has run out, or the tab is gone.
 */
export class HandedOver {
  readonly #prefix: string
  readonly #leases = new Map<Lease, Held>()

  constructor(name: string) {
    this.#prefix = `${name}/lane/`
  }

  /** Keeps leases. Resolves when their lanes are locked. */
  async keep(leases: readonly Lease[]): Promise<void> {
    await Promise.all(leases.map((lease) => this.#lock(lease)))
  }

  holds(lease: Lease): boolean {
    return this.#leases.has(lease)
  }

  end(lease: Lease): void {
    const held = this.#leases.get(lease)
    if (held === undefined) return
    this.#leases.delete(lease)
    stopTimer(held.timer)
    held.free?.()
  }

  clear(): void {
    for (const lease of this.#leases.keys()) this.end(lease)
  }

  /** The customers whose lanes are locked, here or in another tab. */
  async customers(): Promise<string[]> {
    const { held = [] } = await locksOf().query()
    const names = held.map(({ name }) => name).filter((name) => name.startsWith(this.#prefix))
    return names.map((name) => name.slice(this.#prefix.length))
  }

  /** Waits until a lane is locked no more. */
  async freed(customerId: string): Promise<void> {
    await locksOf().request(this.#prefix + customerId, {}, () => undefined)
  }

  #lock(lease: Lease): Promise<void> {
    const { customerId } = lease.row
    const held: Held = { timer: startTimer(() => this.end(lease), Math.max(0, lease.until - timeOfDay())) }
    this.#leases.set(lease, held)
    return new Promise((locked) => {
      const lock = locksOf().request(this.#prefix + customerId, {}, () => {
        locked()
        // It may have been settled meanwhile.
        if (!this.#leases.has(lease)) return undefined
        return new Promise<void>((free) => (held.free = free))
      })
      lock.catch(() => locked())
    })
  }
}
