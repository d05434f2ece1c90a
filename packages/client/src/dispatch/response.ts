import type { AnswerBody } from './bodies.ts'
import type { LightHeaders } from './headers.ts'

/** A response that can give the beginning of its body. */
export interface BoundedBody {
  /**
   * The body's text as far as it comes, up to about so many bytes; one that is cut, aborted or endless is no error.
   *
   * @returns the text itself where all of it has come, which for most answers it has by the time they are looked at
   */
  textWithin(mostBytes: number): string | Promise<string>
}

/** RFC 9110, section 6.4.1, as the platform's `Response` has it. */
const bodiless = new Set([204, 205, 304])

/** The platform's `Response`, at a fraction of its cost. What is rarely used is borrowed from a real one. */
export class LightResponse implements BoundedBody {
  readonly type = 'default'
  readonly redirected = false
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: LightHeaders
  readonly #body: AnswerBody
  #stream: ReadableStream<Uint8Array> | null | undefined
  #isUsed = false

  constructor(url: string, status: number, statusText: string, headers: LightHeaders, body: AnswerBody) {
    this.url = url
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.#body = body
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

  clone(): LightResponse {
    if (this.#isUsed) throw new TypeError('Body has already been consumed.')
    const copy = new LightResponse(this.url, this.status, this.statusText, this.headers, this.#body)
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
