/** The most bytes of a body that are kept before somebody reads it; then the server has to pause. */
const mostUnread = 64 * 1024

/** Made when an answer is read: where there is none, importing must not fail. */
let decoder: TextDecoder | undefined

/** The exchange that a body comes from. */
export interface BodySource {
  resume(): void
  abort(reason: unknown): void
}

/** The body of an answer, as it arrives. */
export class ResponseBody {
  readonly #source: BodySource
  /** The pieces that have come and were not taken. */
  #chunks: Uint8Array[] = []
  #bytes = 0
  #wanted = mostUnread
  #state: 'open' | 'ended' | 'failed' = 'open'
  #failure: unknown
  #arrived: (() => void) | undefined

  constructor(source: BodySource) {
    this.#source = source
  }

  /** @returns whether more may come */
  push(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
    if (this.#bytes < this.#wanted) return true
    this.#tell()
    return false
  }

  end(): void {
    this.#close('ended')
  }

  fail(reason: unknown): void {
    if (this.#state !== 'open') return
    this.#failure = reason
    this.#close('failed')
  }

  /** Ends it from this side. */
  abort(reason: unknown): void {
    this.#source.abort(reason)
  }

  get hasFailed(): boolean {
    return this.#state === 'failed'
  }

  /** The error that it failed with. */
  get failure(): unknown {
    return this.#failure
  }

  /** The whole text. @throws the error that the body failed with */
  async text(): Promise<string> {
    if (this.#state === 'open') await this.#until(Infinity)
    if (this.#state === 'failed') throw this.#failure
    return this.#decode()
  }

  /** The beginning of the text, as far as it comes: a body that is cut, aborted or endless is no error. */
  textWithin(mostBytes: number): string | Promise<string> {
    return this.#state === 'open' ? this.#textUntil(mostBytes) : this.#decode()
  }

  async #textUntil(mostBytes: number): Promise<string> {
    await this.#until(mostBytes)
    // Frees the connection of a body that goes on.
    if (this.#state === 'open') this.#source.abort(new DOMException('The rest was not wanted', 'AbortError'))
    return this.#decode()
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        await this.#until(1)
        const chunks = this.#take()
        // Copies: a stream of bytes may hand its memory on, and this one belongs to the connection.
        for (const chunk of chunks) controller.enqueue(new Uint8Array(chunk))
        if (chunks.length > 0 || this.#state === 'open') return
        if (this.#state === 'failed') controller.error(this.#failure)
        else controller.close()
      },
      cancel: (reason) => this.#source.abort(reason),
    })
  }

  #until(bytes: number): Promise<void> | undefined {
    if (this.#state !== 'open' || this.#bytes >= bytes) return undefined
    this.#wanted = bytes
    return new Promise((resolve) => {
      this.#arrived = resolve
      this.#source.resume()
    })
  }

  #take(): Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    return chunks
  }

  #decode(): string {
    const chunks = this.#take()
    const utf8 = (decoder ??= new TextDecoder())
    if (chunks.length === 1) return utf8.decode(chunks[0])
    const parts = chunks.map((chunk) => utf8.decode(chunk, { stream: true }))
    return parts.join('') + utf8.decode()
  }

  #close(state: 'ended' | 'failed'): void {
    this.#state = state
    this.#tell()
  }

  #tell(): void {
    this.#arrived?.()
    this.#arrived = undefined
  }
}
