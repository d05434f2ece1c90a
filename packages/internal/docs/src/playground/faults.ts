/** The switches that break the API, the network or the key. */
export const faultNames = ['unavailable', 'tooMany', 'offline', 'refused'] as const
export type FaultName = (typeof faultNames)[number]

const timesUnavailable = 2
const tooManyMs = 4_000

/**
 * Holds which faults are on. Two of them end by themselves: 503 after two answers, 429 four seconds after the first one.
 */
export class Faults {
  readonly #on = new Set<FaultName>()
  readonly #changed: () => void
  readonly #now: () => number
  #unavailableLeft = 0
  /** The end of 429; undefined before its first answer. */
  #tooManyUntil: number | undefined

  constructor(changed: () => void, now: () => number = () => performance.now()) {
    this.#changed = changed
    this.#now = now
  }

  isOn(name: FaultName): boolean {
    return this.#on.has(name)
  }

  set(name: FaultName, isOn: boolean): void {
    if (isOn) this.#on.add(name)
    else this.#on.delete(name)
    if (name === 'unavailable') this.#unavailableLeft = timesUnavailable
    if (name === 'tooMany') this.#tooManyUntil = undefined
    this.#changed()
  }

  /** Takes one of the 503s, if any is left. */
  takeUnavailable(): boolean {
    if (!this.isOn('unavailable')) return false
    this.#unavailableLeft--
    if (this.#unavailableLeft === 0) this.set('unavailable', false)
    return true
  }

  /** The seconds for which a request has to wait; undefined where it need not. */
  takeTooMany(): number | undefined {
    if (!this.isOn('tooMany')) return undefined
    if (this.#tooManyUntil === undefined) {
      this.#tooManyUntil = this.#now() + tooManyMs
      setTimeout(() => this.set('tooMany', false), tooManyMs)
    }
    return Math.max(1, Math.ceil((this.#tooManyUntil - this.#now()) / 1_000))
  }
}
