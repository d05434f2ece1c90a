import type { RawHeaders } from './dispatcher.ts'

/** The headers of an answer, read when they are asked for. Names in lower case, as the platform's `Headers` has them. */
export class LightHeaders {
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
      if (this.#raw[i]?.length !== wanted.length || text(this.#raw[i]).toLowerCase() !== wanted) continue
      found = found === null ? text(this.#raw[i + 1]) : `${found}, ${text(this.#raw[i + 1])}`
    }
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  /** The one header whose values cannot be joined. */
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
    for (let i = 0; i + 1 < this.#raw.length; i += 2) callback(text(this.#raw[i]).toLowerCase(), text(this.#raw[i + 1]))
  }
}

/** RFC 9110, section 5.5: bytes that stand for themselves. */
function text(raw: Uint8Array | string | undefined): string {
  return typeof raw === 'object' ? (raw as Buffer).toString('latin1') : (raw ?? '')
}
