import { OutboxError, type OutboxProblem } from '../../errors/errors.ts'
import { isTrackingError, type TrackingError } from '../../errors/tracking-error.ts'

/** Problems by the name of the browser's error, with what is said after `The outbox <name>`. */
export const kinds: Record<string, readonly [OutboxProblem, string]> = {
  QuotaExceededError: [
    'full',
    'has no space left in this browser: free some (site data of this origin, or the disk), or ask for more by navigator.storage.persist(). What is stored stays and is still delivered',
  ],
  VersionError: ['newer', 'was written by a newer version of this page: reload the page. It was left as it is'],
  SecurityError: [
    'missing',
    'cannot be opened: this browser allows the page no storage. Allow cookies and site data for it, or make the tracker without an outbox',
  ],
  NotFoundError: ['not-an-outbox', 'is a database of another program: choose another name. It was left as it is'],
  ConstraintError: ['entry', 'was given something that it cannot store. The cause says what'],
  DataCloneError: ['entry', 'was given something that it cannot store. The cause says what'],
  DataError: ['entry', 'was given something that it cannot store. The cause says what'],
}

/** Firefox allows no database in some private windows, and says so by these. */
const refusedOpening = new Set(['InvalidStateError', 'NotAllowedError'])

/** The problem of every other error. */
export const failed = ['io', 'cannot be read or written: the browser failed to. The cause says more'] as const

/** Says in one sentence what failed and what to do. */
export function outboxError(thrown: unknown, name: string, isOpening = false): TrackingError {
  if (isTrackingError(thrown)) return thrown
  const kind = nameOf(thrown)
  const known = kinds[isOpening && refusedOpening.has(kind) ? 'SecurityError' : kind]
  const [problem, sentence] = known ?? failed
  return new OutboxError(problem, `The outbox ${name} ${sentence}.`, thrown)
}

/** Tells whether there was no space. */
export function isFull(thrown: unknown): boolean {
  return nameOf(thrown) === 'QuotaExceededError'
}

/** Tells whether the connection to the database was closed. */
export function isClosed(thrown: unknown): boolean {
  return nameOf(thrown) === 'InvalidStateError'
}

function nameOf(thrown: unknown): string {
  return String((thrown as { name?: unknown } | undefined)?.name)
}
