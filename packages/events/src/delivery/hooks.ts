import type { EventInfo } from '../event/event.ts'
import { shown, shownLines } from '../platform/shown.ts'
import type { Time } from '../platform/clock.ts'
import { type Delivery, wasAsked } from './delivery.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import { pauseReason } from './failure.ts'
import type { Pause } from './gate.ts'
import type { TrackerOptions } from '../options/options.ts'
import { emitWarning, harmlessly } from '../platform/platform.ts'
import { nameOfFunction } from '../token/token-keeper.ts'

type Listeners = Pick<TrackerOptions, 'onError' | 'logger' | 'authorization'>

/** Tells whoever wants to know. What a hook or a logger throws or rejects changes nothing. */
export class Hooks {
  readonly #listeners: Listeners
  readonly #time: Time
  /** Kinds of failures that the process was warned of. */
  readonly #warned = new Set<string>()
  #isTelling = false
  #trouble = ''

  constructor(listeners: Listeners, time: Time) {
    this.#listeners = listeners
    this.#time = time
  }

  /** @param note what else there is to say, to whoever gets no error but a text */
  failed(error: TrackingError, about: EventInfo, deliveries: readonly Delivery[], note = ''): void {
    const { onError, logger } = this.#listeners
    const wasTelling = this.#isTelling
    this.#isTelling = true
    if (onError) harmlessly(() => onError(error, about))
    if (logger) harmlessly(() => logger.error(shown(`${error.name}: ${error.text}${note} See ${error.help}`), about))
    this.#isTelling = wasTelling
    if (!onError && !logger) this.#warnUnlessAsked(error, deliveries, note)
  }

  /** Nothing is taken any more: told once, as the failure of one event, which is kept as all are. */
  refused(error: TrackingError, about: EventInfo, deliveries: readonly Delivery[]): void {
    const note = ' No event is taken now: all of them are kept, and single requests ask until one is delivered.'
    this.failed(error, about, deliveries, note)
  }

  /** Tells whether a hook or the logger is being told of a failure now. */
  get isTelling(): boolean {
    return this.#isTelling
  }

  /** The tracker is used in a way that cannot be meant. */
  misuse(message: string): void {
    const { logger } = this.#listeners
    if (logger) harmlessly(() => logger.warn(message))
    else emitWarning(message)
  }

  /** Tells that the gate has closed, and the reason in more words, where there are some. */
  paused({ why, forMs }: Pause, pending: number, reason: string | undefined): void {
    const { logger } = this.#listeners
    const cause = pauseReason(why, nameOfFunction(this.#listeners))
    const message = `${cause}: sending pauses for ${(forMs / 1_000).toFixed(1)} s. Events pending: ${pending}.`
    if (logger) harmlessly(() => logger.warn(shown(reason === undefined ? message : `${message} ${reason}`)))
  }

  /** Tells of something that has to be mended, though events are tried again. It may have the lines of a stack. */
  found(message: string): void {
    const { logger } = this.#listeners
    if (logger) harmlessly(() => logger.error(shownLines(message)))
  }

  /** The outbox failed, and no call can be told: the same trouble is told once in a row. */
  troubled({ name, message }: TrackingError): void {
    const { logger, onError } = this.#listeners
    const trouble = shown(`${name}: ${message}`)
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    if (logger) harmlessly(() => logger.error(trouble))
    if (logger || onError || this.#warned.has(name)) return
    this.#warned.add(name)
    emitWarning(trouble)
  }

  /** Ends a trouble of the outbox: if it comes back, it is told again. */
  recovered(): void {
    this.#trouble = ''
  }

  /** Once for each kind of error. Not at once: whoever awaits the call asks only after it has returned. */
  #warnUnlessAsked(error: TrackingError, deliveries: readonly Delivery[], note: string): void {
    if (this.#warned.has(error.name)) return
    const warn = () => {
      if (this.#warned.has(error.name) || deliveries.some(wasAsked)) return
      this.#warned.add(error.name)
      emitWarning(
        `An event failed and nobody was listening: ${error.name}: ${error.text}${note} ` +
          `Await the call, or set onError or logger. Further failures of this kind are not reported here. See ${error.help}`,
      )
    }
    try {
      this.#time.setTimeout(warn, 0)
    } catch {
      // That there are no timers may be what is told.
      warn()
    }
  }
}
