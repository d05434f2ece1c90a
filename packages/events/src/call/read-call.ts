import type { GivenEvent, Operation } from '../event/event.ts'
import { type BeforeSend, prepare } from './before-send.ts'
import { type CallOptions, type GivenOptions, noOptions, readOptions } from './call-options.ts'
import { ValidationError } from '../errors/errors.ts'
import { type EventNames, nameProblemOf, type NameProblem } from './event-names.ts'
import { nobody } from '../platform/customers.ts'
import { serialise } from './serialise.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'

const noCustomer = (): ValidationError =>
  new ValidationError([
    {
      path: 'customer_id',
      reason: 'is missing: no customer is in context. Call this within withCustomer(customerId, …)',
    },
  ])

/** A tracking call, read once and judged. */
export interface Call {
  readonly operation: Operation
  readonly customerId: string
  readonly options: GivenOptions
  /** The body as JSON text, the reason why it cannot be sent, or null where `beforeSend` has vetoed it. */
  readonly body: string | ValidationError | null
}

/** Reads and judges tracking calls. What is sent is what was given here: nothing of the caller's is looked at again. */
export class CallReader {
  readonly #beforeSend: BeforeSend | undefined
  readonly #nameProblem: NameProblem | undefined
  readonly #tokens: TokenKeeper
  #isPreparing = false

  constructor(tokens: TokenKeeper, beforeSend?: BeforeSend, eventNames?: EventNames) {
    this.#beforeSend = beforeSend
    this.#nameProblem = eventNames && nameProblemOf(eventNames)
    this.#tokens = tokens
  }

  /** @param given made for this call alone: what the options say of the event is added to it */
  read(given: GivenEvent, callOptions: CallOptions | undefined): Call {
    const { operation, customerId } = given
    SERVER: if (customerId === nobody) return { operation, customerId: '', options: noOptions, body: noCustomer() }
    const options = callOptions === undefined ? noOptions : readOptions(callOptions, given)
    if (options.issues.length > 0) return { operation, customerId, options, body: new ValidationError(options.issues) }
    const event = this.#beforeSend === undefined ? given : this.#prepare(given, this.#beforeSend)
    if (event === null || event instanceof ValidationError) return { operation, customerId, options, body: event }
    const body = serialise(event, this.#tokens, this.#nameProblem)
    return { operation, customerId: event.customerId, options, body }
  }

  #prepare(given: GivenEvent, beforeSend: BeforeSend): GivenEvent | null | ValidationError {
    // The hook would be asked about that event too, and so on.
    if (this.#isPreparing) return new ValidationError([{ path: 'beforeSend', reason: 'must not track events itself' }])
    this.#isPreparing = true
    const prepared = prepare(given, beforeSend, (thrown) => this.#tokens.redactError(thrown))
    this.#isPreparing = false
    return prepared
  }
}
