/** The reason why there was no answer, in words. */
export interface ConnectionProblem {
  /** For a message: `Cannot connect to events.example.com: no such host (ENOTFOUND)`. */
  readonly message: string
  /** The end of the message, without the host: `no such host (ENOTFOUND)`. */
  readonly reason: string
  /** A sentence that says what to do; empty where nothing more is known than the message says. */
  readonly advice: string
  /** True if it does not pass by itself: somebody has to do something. */
  readonly isLasting: boolean
  /** True if it is known as a failure of the network, and not as what any function could have thrown. */
  readonly isKnown: boolean
}

/** One kind of problem. */
export interface KnownProblem {
  /** The beginning of the message; else it is `Cannot connect to`. */
  readonly lead?: string
  /** The rest of it, made of what the platform says about the error, and of the host that was asked. */
  readonly says: string | ((said: string, host: string) => string)
  readonly advice: string
  readonly isLasting?: true
}

/** An error as far as it is looked at. */
interface Failure {
  readonly code: string
  readonly said: string
}

/** Words by which a platform's fetch says that there was no answer, and no more. */
const networkWords =
  /^(fetch failed|failed to fetch|load failed|networkerror|network request failed|network connection|error sending request)/i

const mostCauses = 8
/** The most of a message that is repeated. */
const mostCharacters = 300

/**
 * Says in words why a request for this address got no answer.
 *
 * @param find looks a problem up by the code of an error and by what it says
 */
export function describeProblem(
  error: unknown,
  url: string,
  find: (code: string, said: string) => KnownProblem | undefined = () => undefined,
): ConnectionProblem {
  const host = URL.canParse(url) ? new URL(url).host : url
  const failures = failuresOf(error)
  for (const { code, said } of failures) {
    const known = find(code, said)
    if (known === undefined) continue
    const { lead = 'Cannot connect to', says, advice, isLasting = false } = known
    const rest = typeof says === 'string' ? says : says(said, host)
    const reason = withCode(rest, code)
    return { message: `${lead} ${host}: ${reason}`, reason, advice, isLasting, isKnown: true }
  }
  const texts = failures.map(({ said, code }) => withCode(said.slice(0, mostCharacters), code))
  const reason = texts.findLast((text) => text !== '') ?? 'nothing says why'
  const isKnown = texts.some((text) => networkWords.test(text))
  return { message: `No answer from ${host}: ${reason}`, reason, advice: '', isLasting: false, isKnown }
}

/** Adds the code, for who looks for it, where it does not stand there yet. */
function withCode(text: string, code: string): string {
  return text.includes(code) ? text : `${text} (${code})`.trim()
}

/** The error and its causes, from the outside in; of several at once each. */
function failuresOf(error: unknown): Failure[] {
  const found: Failure[] = []
  const add = (thrown: unknown): void => {
    if (typeof thrown !== 'object' || thrown === null || found.length >= mostCauses) return
    const { code, message, errors, cause } = thrown as Record<string, unknown>
    found.push({ code: textOf(code), said: textOf(message) })
    if (Array.isArray(errors)) errors.forEach(add)
    add(cause)
  }
  add(error)
  return found
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Says in words why a request for this address got no answer, where no more is known than the error says. */
export function connectionProblem(error: unknown, url: string): ConnectionProblem {
  const problem = describeProblem(error, url)
  const { origin } = (globalThis as { location?: { origin?: string } }).location ?? {}
  if (!problem.isKnown || origin === undefined || url.startsWith(`${origin}/`)) return problem
  // A page is not told what it may not read; only a person with its console is.
  const advice = `The browser's console says why. A relay answers this page only if ${origin} is one of its origins.`
  return { ...problem, advice }
}
