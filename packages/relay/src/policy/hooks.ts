import type { GivenEvent, Operation } from '@obsidianlaunch/events'
import { Refusal } from '../edge/refusal.ts'

/** A request whose event is about to be taken. */
export interface Asked {
  readonly operation: Operation
  readonly customerId: string
  readonly request: Request
}

export interface HookOptions {
  readonly authorize: ((asked: Asked) => boolean | Promise<boolean>) | undefined
  readonly mutate: ((event: GivenEvent, request: Request) => GivenEvent | null | Promise<GivenEvent | null>) | undefined
  /** Time that the hooks have for one event. */
  readonly timeoutMs: number
}

const fields: Record<Operation, readonly string[]> = {
  identifyCustomer: ['operation', 'customerId', 'traits'],
  trackEvent: ['operation', 'customerId', 'event', 'category', 'property'],
}

/** Asks the user's hooks about an event. What they do wrong is an error, and never a yes. */
export class Hooks {
  readonly #options: HookOptions

  constructor(options: HookOptions) {
    this.#options = options
  }

  /**
   * @returns the event as it is to be stored; null where it is to be dropped
   * @throws (as the promise's rejection) what a hook throws, and an Error for one that answers nonsense or not in time
   */
  async ask(event: GivenEvent, request: Request): Promise<GivenEvent | null | Refusal> {
    const { authorize, mutate, timeoutMs } = this.#options
    // A timer for each event is a tenth of what the relay does with it.
    if (authorize === undefined && mutate === undefined) return event
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const fail = () =>
        reject(new Error(`authorize and mutate have not answered within ${timeoutMs} ms (answerTimeoutMs)`))
      timer = setTimeout(fail, timeoutMs)
    })
    try {
      return await Promise.race([this.#ask(event, request), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #ask(event: GivenEvent, request: Request): Promise<GivenEvent | null | Refusal> {
    const { authorize, mutate } = this.#options
    const { operation, customerId } = event
    const isAllowed: unknown = authorize === undefined || (await authorize({ operation, customerId, request }))
    if (typeof isAllowed !== 'boolean')
      throw new Error(`authorize must return true or false, not a ${typeof isAllowed}`)
    if (!isAllowed) return new Refusal('customer', 'This request may not send events of this customer.')
    return mutate === undefined ? event : checked(await mutate(event, request), operation)
  }
}

/** Checks the event that a hook returned, whose fields would be lost in silence where they are not those of its operation. */
function checked(returned: unknown, operation: Operation): GivenEvent | null {
  if (returned === null) return null
  const event = Object(returned) as GivenEvent
  if (event.operation !== operation || typeof event.customerId !== 'string') {
    throw new Error('mutate must return the event, a changed copy of the same operation, or null')
  }
  const unknown = Object.keys(event).filter((name) => !fields[operation].includes(name))
  if (unknown.length > 0) throw new Error(`mutate returned unknown fields: ${unknown.join(', ')}`)
  return event
}
