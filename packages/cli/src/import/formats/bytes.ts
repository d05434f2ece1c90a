/** Bytes that come in, of which the first can be looked at before they are read. */
export class Bytes {
  readonly #chunks: AsyncIterator<Buffer>
  /** Read and not taken yet. */
  #head: Buffer = Buffer.alloc(0)
  #hasEnded = false

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads on until the beginning is enough, or all. */
  async peek(isEnough: (head: Buffer) => boolean): Promise<{ head: Buffer; isAll: boolean }> {
    while (!this.#hasEnded && !isEnough(this.#head)) {
      const { done, value } = await this.#chunks.next()
      if (done === true) this.#hasEnded = true
      else this.#head = this.#head.length === 0 ? value : Buffer.concat([this.#head, value])
    }
    return { head: this.#head, isAll: this.#hasEnded }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#head.length > 0) yield this.#head
    this.#head = Buffer.alloc(0)
    while (!this.#hasEnded) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return
      yield value
    }
  }
}
