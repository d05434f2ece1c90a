import { addressOf, dispatchOptions, usualHeadersOf } from '../dispatch/request.ts'
import type { DispatchOptions } from '../dispatch/dispatcher.ts'
import { type LightParts, lightParts } from './fast-parts.ts'
import type { Outgoing } from '../dispatch/outgoing.ts'
import { PlainHeaders } from './plain-headers.ts'

const usualHeaders = /* @__PURE__ */ usualHeadersOf()

type Init = RequestInit & { [lightParts]?: LightParts }

/** As much of the platform's `Request` as sending one takes, at a fraction of its cost. */
export class LightRequest implements Outgoing {
  readonly url: string
  readonly method: string
  readonly headers: Headers | PlainHeaders
  readonly body: unknown
  readonly signal: AbortSignal | undefined

  constructor(url: string, { method = 'GET', headers, body, signal, [lightParts]: parts }: Init = {}) {
    this.url = url
    this.method = method
    // openapi-fetch makes the other one for this request alone.
    this.headers = parts?.headers ?? (headers as Headers)
    this.body = parts === undefined ? body : parts.body
    this.signal = signal ?? undefined
  }

  mayRepeat(): boolean {
    return this.headers.has('idempotency-key')
  }

  toDispatch(): DispatchOptions | undefined {
    const { url, method, headers, body } = this
    const address = addressOf(url)
    if (address === undefined || (typeof body !== 'string' && body !== undefined)) return undefined
    return dispatchOptions(address, method, headerList(headers), body ?? null)
  }

  toStandard(): Request {
    const { method, signal } = this
    const headers = [...this.headers]
    const body = this.body as RequestInit['body']
    return new Request(this.url, { method, headers, body: body ?? null, signal: signal ?? null, redirect: 'manual' })
  }
}

function headerList(headers: LightRequest['headers']): string[] {
  const list = headers instanceof PlainHeaders ? [...headers.list] : [...headers].flat()
  const own = list.length
  for (let i = 0; i + 1 < usualHeaders.length; i += 2) {
    const [name = '', value = ''] = [usualHeaders[i], usualHeaders[i + 1]]
    if (!isAmong(list, own, name)) list.push(name, value)
  }
  return list
}

/** Whether a header of this name is among the first of the list. */
function isAmong(list: string[], length: number, name: string): boolean {
  for (let i = 0; i < length; i += 2) if (list[i] === name) return true
  return false
}
