import type { State } from '../../wire.ts'

type Trouble = NonNullable<State['status']['outbox']['trouble']>
type Problem = NonNullable<Trouble['problem']>

/** Sentences for obstacles, of the thing that keeps the events. */
const sentences: Record<Problem, (what: string) => string> = {
  busy: (what) => `${what} is held by others, or overloaded`,
  corrupt: (what) => `${what} is damaged`,
  denied: (what) => `${what} does not let the relay in`,
  entry: (what) => `${what} cannot keep an event`,
  full: (what) => `${what} is full`,
  io: (what) => `${what} cannot be reached`,
  missing: (what) => `${what} is not there`,
  moved: (what) => `${what} was moved away`,
  newer: (what) => `${what} belongs to a newer version`,
  'not-an-outbox': (what) => `${what} is no outbox`,
  older: (what) => `${what} belongs to an older version`,
  'read-only': (what) => `${what} cannot be written to`,
}

/** Says what is wrong with an outbox in words for whoever looks after it. */
export function troubleOf({ problem }: Trouble, isShared: boolean): string {
  const what = isShared ? 'The database' : 'The outbox'
  if (problem === undefined) return `${what} fails`
  return problem === 'io' && !isShared ? 'The disk of the outbox fails' : sentences[problem](what)
}

/** Says why there is nothing to list, where that is not known: the state above says it in more words. */
export function unknownOf(state: State | undefined, problem: string | undefined): string {
  if (state?.status.outbox.trouble !== undefined) return 'Not known while the outbox fails.'
  return problem === undefined ? '' : `Not known: ${problem}`
}
