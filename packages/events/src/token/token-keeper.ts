import { shown, shownLines } from '../platform/shown.ts'
import { type Token, tokenProblem } from '@obsidianlaunch/events-client/core'

/** Number of tokens that are looked for: an old one may still be echoed by answers to requests that carried it. */
const remembered = 8
/** Number of errors that are copied with one, its causes among them; one that contains itself would have no end. */
const mostErrors = 16
const redacted = '[redacted]'
/** Length below which a token, or the beginning of one, is not looked for: it would eat text. */
const leastLength = 8

/**
 * Says to a relay who sends an event: a publishable key, or a function that is asked for the signed identity of a customer,
 * at each attempt at an event of that customer; null sends none.
 */
export type Authorization = string | ((customerId: string) => string | null | Promise<string | null>)

/** The name of the function that is asked, after its option. */
export function nameOfFunction({ authorization }: { authorization?: unknown }): string {
  return authorization === undefined ? 'token function' : 'authorization function'
}

/** Holds the token, or what stands in its place before a relay, and keeps it out of everything but the Authorization header. */
export class TokenKeeper {
  /** The token of every attempt; undefined where a function has to be asked. */
  readonly fixed: string | null | undefined
  readonly #name: string
  readonly #ask: (customerId: string) => string | null | Promise<string | null>
  readonly #known: string[] = []
  #forms: string[] = []

  constructor(token: Token, authorization?: Authorization) {
    const given = authorization ?? token
    this.fixed = typeof given === 'function' ? undefined : given
    this.#name = nameOfFunction({ authorization })
    // A token is the same for all customers: its function is given none.
    this.#ask =
      typeof authorization === 'function' ? authorization : () => (typeof token === 'function' ? token() : token)
    if (typeof given === 'string') this.#remember(given)
  }

  get rotates(): boolean {
    return this.fixed === undefined
  }

  /**
   * Asks for the token of an attempt at an event of that customer.
   *
   * @throws what the caller's function throws, as `redactError` shows it, or an Error for a value that is no token
   */
  async ask(customerId: string): Promise<string | null> {
    if (this.fixed !== undefined) return this.fixed
    // Not in the midst of what asks: the function may use the tracker itself.
    const value = await Promise.resolve(customerId)
      .then(this.#ask)
      .catch((thrown: unknown) => Promise.reject(this.redactError(thrown)))
    if (value === null) return null
    const problem = tokenProblem(value)
    if (problem !== undefined) throw new Error(`What the ${this.#name} returned ${problem}`)
    this.#remember(value)
    return value
  }

  /** Takes every token that was used lately, and the one that is named, out of a text, escaped ones too. */
  redact(text: string, used: string | null = null): string {
    return without(this.#formsWith(used), text)
  }

  /**
   * Takes the tokens out of the body of an answer, which may have been cut in the middle of one. In JSON it is values and
   * names that are redacted, however they are escaped, so that it stays JSON.
   */
  redactBody(body: string, used: string | null): string {
    const forms = this.#formsWith(used)
    if (forms.length === 0) return body
    if (body.includes('\\') || forms.some((form) => body.includes(form))) return redactedBody(body, forms)
    // A whole answer: nothing was cut.
    return body.endsWith('}') ? body : withoutTail(body, forms)
  }

  /**
   * Copies a foreign error, without the token, to be a cause. A copy, since such an error may carry the request, headers
   * and all, in any of its members.
   */
  redactError(thrown: unknown, used: string | null = null): Error {
    let left = mostErrors
    const copyOf = (foreign: unknown): Error => {
      left--
      const { name, message, stack, code, cause, errors } = readable(foreign)
      const clean = (text: string) => shown(this.redact(text, used))
      const copy = new Error(clean(message))
      Object.defineProperty(copy, 'name', { value: clean(name), configurable: true, writable: true })
      // A stack begins with the message, whose lines would look like its own.
      const lines = (stack ?? `${name}: ${message}`).replace(message, () => copy.message)
      copy.stack = shownLines(this.redact(lines, used))
      if (code !== undefined) Object.assign(copy, { code: clean(code) })
      if (cause !== undefined && left > 0) copy.cause = copyOf(cause)
      if (errors !== undefined) {
        Object.assign(copy, { errors: errors.flatMap((error) => (left > 0 ? [copyOf(error)] : [])) })
      }
      return copy
    }
    return copyOf(thrown)
  }

  /** Lists what to look for. The token used is almost always known: then nothing is put together for each header. */
  #formsWith(used: string | null): readonly string[] {
    const isKnown = used === null || used.length < leastLength || this.#known.includes(used)
    return isKnown ? this.#forms : formsOf([...this.#known, used])
  }

  #remember(token: string): void {
    if (token.length < leastLength || this.#known.includes(token)) return
    this.#known.push(token)
    if (this.#known.length > remembered) this.#known.shift()
    this.#forms = formsOf(this.#known)
  }
}

function without(forms: readonly string[], text: string): string {
  return forms.reduce((clean, form) => clean.replaceAll(form, redacted), text)
}

function redactedBody(body: string, forms: readonly string[]): string {
  try {
    const value: unknown = JSON.parse(body)
    const clean = withoutIn(value, forms)
    return clean === value ? body : JSON.stringify(clean)
  } catch {
    // Not JSON, cut, or too deep to look into.
    return withoutTail(without(forms, body), forms)
  }
}

/** Copies a parsed value without the tokens in its texts, names and numbers; returns it where there are none. */
function withoutIn(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === 'string') return without(forms, value)
  if (typeof value === 'number') return forms.includes(String(value)) ? redacted : value
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  const clean = members.map(([name, member]) => [without(forms, name), withoutIn(member, forms)] as const)
  if (clean.every(([name, member], at) => name === members[at]?.[0] && member === members[at][1])) return value
  return Array.isArray(value) ? clean.map(([, member]) => member) : Object.fromEntries(clean)
}

/** Takes what may be the beginning of a token off the end of a text that may have been cut. */
function withoutTail(text: string, forms: readonly string[]): string {
  const longest = Math.max(0, ...forms.map((form) => tailOf(text, form)))
  return longest === 0 ? text : text.slice(0, -longest) + redacted
}

/** Counts the characters at the end of a text that may be the beginning of a token. */
function tailOf(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length >= leastLength; length--) {
    if (text.endsWith(form.slice(0, length))) return length
  }
  return 0
}

/** Lists all that has to be taken out, the longest first: one token may be the beginning of another. */
function formsOf(tokens: string[]): string[] {
  return tokens.flatMap(formsOfOne).toSorted((a, b) => b.length - a.length)
}

/** Lists the forms of a token in text, JSON, addresses and HTML, as far as servers differ in what they escape. */
function formsOfOne(token: string): string[] {
  const json = JSON.stringify(token).slice(1, -1)
  const inScripts = json.replaceAll(/[<>&']/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const address = encodeURIComponent(token)
  const addresses = [address, address.replaceAll('%2F', '/'), encodeURI(token)]
  const lowerCase = addresses.map((form) => form.replaceAll(/%../g, (escape) => escape.toLowerCase()))
  const html = token.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
  const all = [token, json, json.replaceAll('/', '\\/'), inScripts, ...addresses, ...lowerCase, html]
  return [...new Set(all)]
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

interface Readable {
  name: string
  message: string
  stack?: string | undefined
  code?: string | undefined
  cause?: unknown
  errors?: unknown[] | undefined
}

/** Recognises an error of any realm: a test runner's errors are not instances of this one's Error. */
function isError(thrown: unknown): boolean {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function readable(thrown: unknown): Readable {
  try {
    if (!isError(thrown)) return { name: 'Error', message: String(thrown) }
    // Typed as text, but a foreign error may hold anything.
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
