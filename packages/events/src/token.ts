import { type Token, tokenProblem } from '@obsidianlaunch/events-client'

/** A rotated token may still be echoed by answers to requests that carried it. */
const remembered = 8
/** An error and all its causes; one that contains itself would have no end. */
const mostErrors = 16
const redacted = '[redacted]'

/** Holds the token, and knows how to keep it out of everything but the Authorization header. */
export class TokenKeeper {
  readonly #token: Token
  readonly #known: string[] = []
  #forms: string[] = []

  constructor(token: Token) {
    this.#token = token
    if (typeof token === 'string') this.#remember(token)
  }

  get rotates(): boolean {
    return typeof this.#token === 'function'
  }

  /** The token for an attempt. @throws what the caller's function throws, or an Error for a value that is no token */
  async ask(): Promise<string | null> {
    if (typeof this.#token !== 'function') return this.#token
    const value = await this.#token()
    if (value === null) return null
    const problem = tokenProblem(value)
    if (problem !== undefined) throw new Error(`What the token function returned ${problem}`)
    this.#remember(value)
    return value
  }

  /** The text without any token that was used lately, nor the one that is named: as it is, or escaped. */
  redact(text: string, used: string | null = null): string {
    // Almost always known: then nothing is put together for the many headers of an answer.
    const forms = used === null || this.#known.includes(used) ? this.#forms : formsOf([...this.#known, used])
    return forms.reduce((clean, form) => clean.replaceAll(form, redacted), text)
  }

  /**
   * An error of somebody else's, fit to be a cause: what it says, without the token. A copy, since a foreign error may
   * carry the request, headers and all, in any of its members.
   */
  redactError(thrown: unknown, used: string | null = null): Error {
    let left = mostErrors
    const copyOf = (foreign: unknown): Error => {
      left--
      const { name, message, stack, code, cause, errors } = readable(foreign)
      const copy = new Error(this.redact(message, used))
      Object.defineProperty(copy, 'name', { value: this.redact(name, used), configurable: true, writable: true })
      copy.stack = this.redact(stack ?? `${name}: ${message}`, used)
      if (code !== undefined) Object.assign(copy, { code: this.redact(code, used) })
      if (cause !== undefined && left > 0) copy.cause = copyOf(cause)
      if (errors !== undefined) {
        Object.assign(copy, { errors: errors.flatMap((error) => (left > 0 ? [copyOf(error)] : [])) })
      }
      return copy
    }
    return copyOf(thrown)
  }

  #remember(token: string): void {
    if (this.#known.includes(token)) return
    this.#known.push(token)
    if (this.#known.length > remembered) this.#known.shift()
    this.#forms = formsOf(this.#known)
  }
}

/** All that has to be taken out. The longest first: one token may be the beginning of another. */
function formsOf(tokens: string[]): string[] {
  return tokens.flatMap(formsOfOne).toSorted((a, b) => b.length - a.length)
}

/** How a token looks in text, JSON (some servers escape the slash too) and addresses (in either case). */
function formsOfOne(token: string): string[] {
  const json = JSON.stringify(token).slice(1, -1)
  const address = encodeURIComponent(token)
  const lowerCase = address.replaceAll(/%../g, (escape) => escape.toLowerCase())
  return [...new Set([token, json, json.replaceAll('/', '\\/'), address, lowerCase])]
}

interface Readable {
  name: string
  message: string
  stack?: string | undefined
  code?: string | undefined
  cause?: unknown
  errors?: unknown[] | undefined
}

/** Of any realm: a test runner's errors are not instances of this one's Error. */
function isError(thrown: unknown): boolean {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function readable(thrown: unknown): Readable {
  try {
    if (!isError(thrown)) return { name: 'Error', message: String(thrown) }
    // Typed as text, but an error of somebody else's may hold anything.
    const { name, message, stack, code, cause, errors } = thrown as object as Record<string, unknown>
    return {
      name: textOf(name) ?? 'Error',
      message: textOf(message) ?? '',
      stack: textOf(stack),
      code: textOf(code),
      cause,
      errors: Array.isArray(errors) ? errors.slice(0, mostErrors) : undefined,
    }
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' }
  }
}
