import { addressOf, dispatchOptions } from './dispatch/request.ts'
import type { DispatchOptions } from './dispatch/dispatcher.ts'
import type { Outgoing } from './dispatch/outgoing.ts'
import { type SenderCall, standardRequest } from './sender.ts'
import { authorizationOf } from './token.ts'

/** The request of a call that is sent without openapi-fetch. */
export class LightCall implements Outgoing {
  readonly url: string
  readonly #call: SenderCall
  readonly #usualHeaders: readonly string[]
  readonly #userAgent: string | undefined

  constructor(url: string, call: SenderCall, usualHeaders: readonly string[], userAgent: string | undefined) {
    this.url = url
    this.#call = call
    this.#usualHeaders = usualHeaders
    this.#userAgent = userAgent
  }

  mayRepeat(): boolean {
    return this.#call.mayRepeat?.() ?? true
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  toDispatch(): DispatchOptions | undefined {
    const { token, idempotencyKey, body } = this.#call
    const address = addressOf(this.url)
    if (address === undefined) return undefined
    return dispatchOptions(address, 'POST', headerList(idempotencyKey, token, this.#usualHeaders), body)
  }

  toStandard(): Request {
    return standardRequest(this.url, this.#call, this.#userAgent)
  }
}

function headerList(key: string, token: string | null, usual: readonly string[]): string[] {
  const authorization = token === null ? [] : ['authorization', authorizationOf(token)]
  return ['content-type', 'application/json', 'idempotency-key', key].concat(authorization, usual)
}
