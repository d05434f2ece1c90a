/** What the platform's `Headers` would take as it is. */
const plainName = /^[\w-]+$/
const plainValue = /^[!-~]([ -~]*[!-~])?$/

/** The names that were met, in lower case: a client has few. */
const names = new Map<string, string>()
const mostNames = 64

/**
 * The headers of a request, where nothing about them takes the platform's `Headers` to get right: merging and sorting
 * those costs as much as all else that openapi-fetch does.
 */
export class PlainHeaders {
  /** Names, in lower case, and values in turn. */
  readonly list: string[] = []

  set(name: string, value: string): void {
    this.#put(name.toLowerCase(), value)
  }

  has(name: string): boolean {
    return this.#find(name.toLowerCase()) !== -1
  }

  *[Symbol.iterator](): Generator<[string, string], void, undefined> {
    for (let at = 0; at < this.list.length; at += 2) yield [this.list[at] ?? '', this.list[at + 1] ?? '']
  }

  /** @returns whether all of them are plain */
  take(given: unknown): boolean {
    if (given === undefined) return true
    if (typeof given !== 'object' || given === null || Object.getPrototypeOf(given) !== Object.prototype) return false
    for (const name of Object.keys(given)) {
      const value: unknown = Reflect.get(given, name)
      if (value === undefined) continue
      const known = names.get(name) ?? learn(name)
      if (known === undefined || typeof value !== 'string' || !plainValue.test(value)) return false
      this.#put(known, value)
    }
    return true
  }

  #put(name: string, value: string): void {
    const at = this.#find(name)
    if (at === -1) this.list.push(name, value)
    else this.list[at + 1] = value
  }

  #find(name: string): number {
    for (let at = 0; at < this.list.length; at += 2) if (this.list[at] === name) return at
    return -1
  }
}

/** @returns the name in lower case, or undefined where it is not plain */
function learn(name: string): string | undefined {
  if (!plainName.test(name)) return undefined
  if (names.size >= mostNames) names.clear()
  const lower = name.toLowerCase()
  names.set(name, lower)
  return lower
}
