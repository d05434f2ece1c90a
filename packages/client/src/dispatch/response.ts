import type { ResponseBody } from './bodies.ts'
import type { RawHeaders } from './dispatcher.ts'

/** A response that can give the beginning of its body. */
export interface BoundedBody {
  /**
   * The body's text as far as it comes, up to about so many bytes; one that is cut, aborted or endless is no error.
   *
   * @returns the text itself where all of it has come, which for most answers it has by the time they are looked at
   */
  textWithin(mostBytes: number): string | Promise<string>
}

/** Statuses without a body (RFC 9110, section 6.4.1), as the platform's `Response` has it. */
const bodiless = new Set([204, 205, 304])

/** The platform's `Response`, at a fraction of its cost. What is rarely used is borrowed from a real one. */
export class DispatchResponse implements BoundedBody {
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: ResponseHeaders
  readonly #body: ResponseBody
  #stream: ReadableStream<Uint8Array> | null | undefined
  #isUsed = false

  constructor(url: string, status: number, statusText: string, headers: ResponseHeaders, body: ResponseBody) {
    this.url = url
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.#body = body
  }

  get type(): 'default' {
    return 'default'
  }

  get redirected(): false {
    return false
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#stream === undefined) this.#stream = bodiless.has(this.status) ? null : this.#body.stream()
    return this.#stream
  }

  get bodyUsed(): boolean {
    return this.#isUsed
  }

  text(): Promise<string> {
    if (this.#stream) return this.#standard().text()
    return this.#use() ?? this.#body.text()
  }

  textWithin(mostBytes: number): string | Promise<string> {
    if (this.#stream) return this.#standard().text()
    return this.#use() ?? this.#body.textWithin(mostBytes)
  }

  json(): Promise<unknown> {
    return this.text().then((text): unknown => JSON.parse(text))
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#standard().arrayBuffer()
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.arrayBuffer())
  }

  blob(): Promise<Blob> {
    return this.#standard().blob()
  }

  formData(): Promise<FormData> {
    return this.#standard().formData()
  }

  clone(): DispatchResponse {
    if (this.#isUsed) throw new TypeError('Body has already been consumed.')
    const copy = new DispatchResponse(this.url, this.status, this.statusText, this.headers, this.#body)
    const [mine, its] = this.body?.tee() ?? [null, null]
    this.#stream = mine
    copy.#stream = its
    return copy
  }

  /** One of the platform, for its ways to read a body. It has no status: many that servers send it does not take. */
  #standard(): Response {
    const type = this.headers.get('content-type')
    const stream = this.body
    this.#isUsed = true
    return new Response(stream, { headers: type === null ? {} : { 'content-type': type } })
  }

  /** @returns the complaint about a second use */
  #use(): Promise<never> | undefined {
    if (this.#isUsed) return Promise.reject(new TypeError('Body is unusable: it has already been read'))
    this.#isUsed = true
    return undefined
  }
}

/** The headers of an answer, read when they are asked for. Names in lower case, as the platform's `Headers` has them. */
export class ResponseHeaders {
  readonly #raw: RawHeaders
  #values: Map<string, string> | undefined

  constructor(raw: RawHeaders) {
    this.#raw = raw
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase()
    // One lookup, which is all that most answers get, does not pay for an index.
    let found: string | null = null
    for (let i = 0; i + 1 < this.#raw.length; i += 2) {
      if (!isNamed(this.#raw[i], wanted)) continue
      const value = latin1(this.#raw[i + 1])
      found = found === null ? value : `${found}, ${value}`
    }
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  /** The values of the one header whose values cannot be joined. */
  getSetCookie(): string[] {
    const values: string[] = []
    this.#each((name, value) => name === 'set-cookie' && values.push(value))
    return values
  }

  keys(): IterableIterator<string> {
    return this.#read().keys()
  }

  values(): IterableIterator<string> {
    return this.#read().values()
  }

  entries(): IterableIterator<[string, string]> {
    return this.#read().entries()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }

  forEach(callback: (value: string, name: string, headers: this) => void): void {
    for (const [name, value] of this.#read()) callback(value, name, this)
  }

  #read(): Map<string, string> {
    if (this.#values !== undefined) return this.#values
    const values = new Map<string, string>()
    this.#each((name, value) => {
      const before = values.get(name)
      values.set(name, before === undefined ? value : `${before}, ${value}`)
    })
    this.#values = values
    return values
  }

  #each(callback: (name: string, value: string) => void): void {
    for (let i = 0; i + 1 < this.#raw.length; i += 2)
      callback(latin1(this.#raw[i]).toLowerCase(), latin1(this.#raw[i + 1]))
  }
}

/** Tells whether a header has this name, which is in lower case. */
function isNamed(raw: Uint8Array | string | undefined, wanted: string): boolean {
  if (raw?.length !== wanted.length) return false
  // Most names of the same length begin in another way: of those no text is made.
  const mayBe = typeof raw === 'string' || (Number(raw[0]) | 32) === (wanted.charCodeAt(0) | 32)
  return mayBe && latin1(raw).toLowerCase() === wanted
}

/** The text of bytes that stand for themselves (RFC 9110, section 5.5). */
function latin1(raw: Uint8Array | string | undefined): string {
  return typeof raw === 'object' ? (raw as Buffer).toString('latin1') : (raw ?? '')
}
