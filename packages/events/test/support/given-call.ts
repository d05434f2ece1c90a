import type { Traits } from '../../src/event/event.ts'
import type { CallOptions } from '../../src/call/call-options.ts'
import type { Call, Program } from './program.ts'

/** What is allowed where only some names are; all that is longer or comes later is not. */
export const eventNames = Array.from({ length: 60 }, (_, number) => [`call ${number}`, `renamed ${number}`]).flat()
const allowed = new Set(eventNames)

const tails: Record<Call['size'], string> = {
  short: '',
  wide: ' é€🚀é€🚀é€🚀é€🚀',
  long: ' and so on'.repeat(10),
  huge: ' and so on'.repeat(40),
}

/** A call as the tracker gets it, and what `beforeSend` makes of it. */
export class GivenCall {
  readonly call: Call
  readonly number: number
  readonly label: string
  readonly traits: Traits
  readonly customer: string
  readonly options: CallOptions
  readonly signal: AbortSignal | undefined
  readonly before: Call['before']
  readonly #isInside: boolean
  readonly #hasEventNames: boolean

  /** @param isInside whether the call is made while `beforeSend` runs */
  constructor(
    program: Program,
    call: Call,
    number: number,
    id: string | undefined,
    signal: AbortSignal | undefined,
    isInside: boolean,
  ) {
    this.call = call
    this.number = number
    this.signal = signal
    this.#isInside = isInside
    this.#hasEventNames = program.hasEventNames
    this.label = call.flaw === 'blank' ? '' : `call ${number}${tails[call.size]}`
    this.traits = { name: this.label, email: 'a@b.c', properties: {} }
    this.customer = call.flaw === 'no customer' ? '' : call.customer
    this.options = optionsOf(call, id, signal)
    this.before = program.hasBeforeSend && this.#hasSoundOptions && !isInside ? call.before : 'passes'
  }

  /** The id that counts, if the call has one of its own. */
  get id(): string | undefined {
    return this.call.flaw === 'bad id' ? undefined : this.options.id
  }

  get isVetoed(): boolean {
    return this.before === 'vetoes'
  }

  get sentCustomer(): string {
    return this.before === 'moves' ? 'dee' : this.customer
  }

  get sentLabel(): string {
    return this.before === 'renames' ? `renamed ${this.number}` : this.label
  }

  get isSound(): boolean {
    if (this.#isInside || !this.#hasSoundOptions || this.before === 'throws' || this.before === 'promises') return false
    const hasFields = this.sentCustomer !== '' && this.sentLabel !== ''
    const isAnyName = !this.#hasEventNames || this.call.operation === 'identifyCustomer'
    return this.isVetoed || (hasFields && (isAnyName || allowed.has(this.sentLabel)))
  }

  /** Of the body, in UTF-8. */
  get bytes(): number {
    const customer = { customer_id: this.sentCustomer }
    const { operation } = this.call
    const body =
      operation === 'trackEvent'
        ? { ...customer, event: this.sentLabel }
        : { ...customer, ...this.traits, name: this.sentLabel }
    return Buffer.byteLength(JSON.stringify(body))
  }

  get #hasSoundOptions(): boolean {
    return !['bad id', 'unknown option', 'bad retries', 'bad budget'].includes(this.call.flaw)
  }
}

function optionsOf(call: Call, id: string | undefined, signal: AbortSignal | undefined): CallOptions {
  const { flaw } = call
  const given = {
    id: flaw === 'bad id' ? ' a' : id,
    signal,
    maxRetries: flaw === 'bad retries' ? -1 : call.maxRetries,
    maxDeliveryMs: flaw === 'bad budget' ? 0.5 : call.maxDeliveryMs,
    key: flaw === 'unknown option' ? 'a' : undefined,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
