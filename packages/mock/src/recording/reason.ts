import type { Violation } from './exchange.ts'

/** Says in a few words what is wrong: `event is missing`, `email must be string`. */
export function reasonOf(violation: Violation): string {
  const { location, path, message } = violation
  if (location !== 'body') return message
  const parent = path === '' ? '' : `${path}.`
  const absent = missingField(violation)
  if (absent !== undefined) return `${parent}${absent} is missing`
  const surplus = surplusField(violation)
  if (surplus !== undefined) return `${parent}${surplus} is not a field`
  return bodyWords.test(message) ? `${path || 'the body'} ${withoutPlace(violation)}` : message
}

/** All reasons for which an exchange is in violation, in one line. */
export function reasonsOf(violations: readonly Violation[]): string {
  return violations.map(reasonOf).join('; ')
}

const bodyWords = /^(?:Request|Response) body (?:property )?/

export function missingField({ message }: Violation): string | undefined {
  return /required property '(.*)'/.exec(message)?.[1]
}

export function surplusField({ message }: Violation): string | undefined {
  return /additional properties; found '(.*)'/.exec(message)?.[1]
}

/** The message without the words that its place says already. */
export function withoutPlace({ path, message }: Violation): string {
  return message
    .replace(bodyWords, '')
    .replace(path === '' ? /^$/ : `${path} `, '')
    .replace('must NOT have fewer than 1 characters', 'must not be empty')
    .replace('must NOT', 'must not')
}
