import type { Time } from './clock.ts'
import { type Delivery, type Receipt, wasAsked } from './delivery.ts'
import type { EventTrackingError } from './errors.ts'
import type { About, TrackerOptions } from './options.ts'
import { emitWarning } from './platform.ts'

type Listeners = Pick<TrackerOptions, 'onDelivered' | 'onError' | 'logger'>

/** Tells whoever wants to know. What a hook or a logger throws or rejects changes nothing. */
export class Notices {
  readonly #listeners: Listeners
  readonly #time: Time
  #hasWarned = false
  #isTelling = false

  constructor(listeners: Listeners, time: Time) {
    this.#listeners = listeners
    this.#time = time
  }

  delivered(receipt: Receipt, about: About): void {
    const { onDelivered } = this.#listeners
    if (onDelivered) harmlessly(() => onDelivered(receipt, about))
  }

  failed(error: EventTrackingError, about: About, ...deliveries: Delivery[]): void {
    const { onError, logger } = this.#listeners
    if (onError) {
      this.#isTelling = true
      harmlessly(() => onError(error, about))
      this.#isTelling = false
    }
    if (logger) harmlessly(() => logger.error(`${error.name}: ${error.message}`, about))
    if (!onError && !logger && !this.#hasWarned) this.#warnUnlessAsked(error, deliveries)
  }

  /** Whether `onError` is running now. */
  get isTelling(): boolean {
    return this.#isTelling
  }

  /** The tracker is used in a way that cannot be meant. */
  misuse(message: string): void {
    const { logger } = this.#listeners
    if (logger) harmlessly(() => logger.warn(message))
    else emitWarning(message)
  }

  paused(message: string): void {
    const { logger } = this.#listeners
    if (logger) harmlessly(() => logger.warn(message))
  }

  /** Not at once: whoever awaits the call asks only after it has returned. */
  #warnUnlessAsked(error: EventTrackingError, deliveries: Delivery[]): void {
    this.#time.setTimeout(() => {
      if (this.#hasWarned || deliveries.some(wasAsked)) return
      this.#hasWarned = true
      emitWarning(
        `An event failed and nobody was listening: ${error.name}: ${error.message} ` +
          'Await the call, or set onError or logger. Further failures are not reported here.',
      )
    }, 0)
  }
}

function harmlessly(tell: () => unknown): void {
  try {
    const result = tell()
    if (typeof result === 'object') Promise.resolve(result).catch(() => undefined)
  } catch {
    // The hook's own problem: an event must not fail because somebody was told of it.
  }
}
