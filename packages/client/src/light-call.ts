import { addressOf, dispatchOptions, usualHeaders } from './dispatch-options.ts'
import type { DispatchOptions } from './dispatcher.ts'
import type { Outgoing } from './outgoing.ts'
import { type SenderCall, standardRequest } from './sender.ts'
import { authorizationOf } from './token.ts'

/** The request of a call that is sent without openapi-fetch. */
export class LightCall implements Outgoing {
  readonly url: string
  readonly #call: SenderCall

  constructor(url: string, call: SenderCall) {
    this.url = url
    this.#call = call
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
    return dispatchOptions(address, 'POST', headerList(idempotencyKey, token), body)
  }

  toStandard(): Request {
    return standardRequest(this.url, this.#call)
  }
}

function headerList(key: string, token: string | null): string[] {
  const authorization = token === null ? [] : ['authorization', authorizationOf(token)]
  return ['content-type', 'application/json', 'idempotency-key', key].concat(authorization, usualHeaders)
}
