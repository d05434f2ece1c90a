/** A token, or a function that is asked for it before every request; null sends no Authorization header. */
export type Token = string | null | (() => string | null | Promise<string | null>)

/**
 * The reason why a value can be no token, in words that do not show it; undefined where there is none.
 *
 * @see RFC 9110, section 5.5, for what a header can carry
 * @example
 * tokenProblem('line\nbreak') // 'has a line break, a space or another character that a header cannot carry'
 */
export function tokenProblem(value: unknown): string | undefined {
  if (value === undefined) return 'is not set'
  if (typeof value !== 'string') return 'is not text'
  if (value.trim() === '') return 'is blank'
  if (!/^[\x21-\x7e]+$/.test(value)) return 'has a line break, a space or another character that a header cannot carry'
  return undefined
}

/** The value of the Authorization header. @throws TypeError, which does not show it, for a value that can be no token */
export function authorizationOf(token: string): string {
  const problem = tokenProblem(token)
  if (problem !== undefined) throw new TypeError(`The token ${problem}. Pass null to send none.`)
  return `Bearer ${token}`
}
