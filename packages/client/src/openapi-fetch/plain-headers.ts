/** What the platform's `Headers` would take as it is. */
const plainName = /^[\w-]+$/
const plainValue = /^[!-~]([ -~]*[!-~])?$/

export function isPlainValue(value: string): boolean {
  return plainValue.test(value)
}

/**
 * The headers of a request, where nothing about them takes the platform's `Headers` to get right: merging and sorting
 * those costs as much as all else that openapi-fetch does.
 */
export class PlainHeaders {
  /** Names, in lower case, and values in turn. */
  readonly list: string[] = []

  set(name: string, value: string): void {
    const wanted = name.toLowerCase()
    const at = this.#find(wanted)
    if (at === -1) this.list.push(wanted, value)
    else this.list[at + 1] = value
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
    for (const name in given) {
      const value = (given as Record<string, unknown>)[name]
      if (value === undefined) continue
      if (typeof value !== 'string' || !plainName.test(name) || !isPlainValue(value)) return false
      this.set(name, value)
    }
    return true
  }

  #find(name: string): number {
    for (let at = 0; at < this.list.length; at += 2) if (this.list[at] === name) return at
    return -1
  }
}
