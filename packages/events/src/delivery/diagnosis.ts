import type { AttemptResult } from '../http/answer.ts'
import type { Settings } from '../options/settings.ts'
import { problemOf, reasonOf } from './failure.ts'
import { nameOfFunction } from '../token/token-keeper.ts'
import type { Hooks } from './hooks.ts'

/** So many different things are told before something is delivered. */
const mostTold = 8

type Unanswered = Exclude<AttemptResult, { kind: 'answered' }>
type Failed = Exclude<Unanswered, { kind: 'timeout' }>

/**
 * Finds in failed attempts what somebody has to mend: a certificate that has expired, a bug in a function of the user's.
 * They are tried again all the same, so nobody would hear of it before the budget is over.
 */
export class Diagnosis {
  readonly #settings: Settings
  readonly #hooks: Hooks
  /** Findings that were told since the last delivery: each once. */
  readonly #told = new Set<string>()
  /** The last error that was thrown, as text. */
  #thrown = ''
  /** The number of delivered events when an attempt failed for the last time. */
  #delivered = 0

  constructor(settings: Settings, hooks: Hooks) {
    this.#settings = settings
    this.#hooks = hooks
  }

  /** Looks at an attempt without an answer, and tells what is to be mended. @param delivered so many events were delivered by now */
  failed(result: Unanswered, delivered: number): void {
    if (delivered > this.#delivered) this.#told.clear()
    this.#delivered = delivered
    if (result.kind === 'timeout') return
    const found = this.#bug(result) ?? this.#lasting(result)
    if (found !== undefined) this.#hooks.found(found)
  }

  /** A problem of the connection that does not pass by itself. */
  #lasting(result: Failed): string | undefined {
    if (result.kind !== 'unreachable') return undefined
    const { isLasting, message } = problemOf(result.cause, this.#settings)
    if (!isLasting || !this.#isNew(message)) return undefined
    return `${reasonOf(result, this.#settings)} This does not pass by itself; until then events are tried again as long as their time allows.`
  }

  /**
   * An error that no outage throws: a ReferenceError; or the same TypeError again while nothing was ever delivered. Once
   * something was, the function works, and a fetch tells of an outage by a TypeError, too.
   */
  #bug({ kind, cause }: Failed): string | undefined {
    const { seams } = this.#settings
    if (!(cause instanceof Error) || (kind === 'unreachable' && seams.fetch === undefined)) return undefined
    const thrown = `${cause.name}: ${cause.message}`
    const isAgain = thrown === this.#thrown
    this.#thrown = thrown
    const isOdd = cause.name === 'TypeError' && isAgain && this.#delivered === 0
    const isBug = cause.name === 'ReferenceError' || (isOdd && !problemOf(cause, this.#settings).isKnown)
    if (!isBug || !this.#isNew(thrown)) return undefined
    const whose = kind === 'tokenFailed' ? nameOfFunction(seams) : 'fetch'
    return `A likely bug in your ${whose}, which is tried again like an outage: ${cause.stack ?? thrown}`
  }

  #isNew(found: string): boolean {
    if (this.#told.has(found) || this.#told.size >= mostTold) return false
    this.#told.add(found)
    return true
  }
}
