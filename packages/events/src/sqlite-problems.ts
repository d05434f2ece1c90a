import { EventTrackingError, OutboxError, type OutboxProblem } from './errors.ts'

/** What each says after `The outbox <path>`. The other problems are told where they are found. */
const sentences = {
  full: 'has no room: its disk is full or maxBytes is reached. Free some space; what is stored stays and is still delivered',
  'read-only': 'cannot be written: give this process the right to write to the file and its directory',
  missing: 'cannot be opened: create its directory, and let this process read and write there',
  'not-an-outbox': 'is no outbox but some other file: choose another path. It was left as it is',
  corrupt:
    "is damaged. Stop the process, keep a copy of the file with its -wal, and save what can be read with 'sqlite3 <file> .recover'",
  busy: 'is held by another program that writes to it: end that program',
  entry: 'was given something that it cannot store. The cause says what',
  io: 'cannot be read or written: the disk failed, or is full. The cause says more',
} as const satisfies Partial<Record<OutboxProblem, string>>

type Problem = keyof typeof sentences

/** By the primary code. @see https://sqlite.org/rescode.html */
const bySqlite: Record<number, Problem> = {
  3: 'read-only',
  5: 'busy',
  6: 'busy',
  8: 'read-only',
  11: 'corrupt',
  13: 'full',
  14: 'missing',
  19: 'entry',
  20: 'entry',
  26: 'not-an-outbox',
}

const bySystem: Record<string, Problem> = {
  EACCES: 'read-only',
  EDQUOT: 'full',
  ERR_INVALID_ARG_TYPE: 'entry',
  ERR_INVALID_ARG_VALUE: 'entry',
  EISDIR: 'missing',
  ENOENT: 'missing',
  ENOSPC: 'full',
  ENOTDIR: 'missing',
  EPERM: 'read-only',
  EROFS: 'read-only',
}

/** Says in one sentence what failed and what to do; `path` is the file's. */
export function outboxError(thrown: unknown, path: string): EventTrackingError {
  if (thrown instanceof EventTrackingError) return thrown
  const { code = '' } = (thrown ?? {}) as { code?: string }
  const problem = bySqlite[primaryCode(thrown) ?? -1] ?? bySystem[code] ?? 'io'
  return new OutboxError(problem, `The outbox ${path} ${sentences[problem]}.`, thrown)
}

/** What keeps every event out alike, so that there is no use in trying the next one. */
const common = new Set<OutboxProblem>(['busy', 'full', 'io', 'moved', 'read-only'])

export function isCommon(error: unknown): boolean {
  return error instanceof OutboxError && common.has(error.problem)
}

/** Another connection holds the lock. */
export function isBusy(thrown: unknown): boolean {
  return primaryCode(thrown) === 5
}

/** The disk failed: what was not confirmed before may be gone. */
export function isIoError(thrown: unknown): boolean {
  return primaryCode(thrown) === 10 || (thrown as { code?: string } | undefined)?.code === 'EIO'
}

function primaryCode(thrown: unknown): number | undefined {
  const { errcode } = (thrown ?? {}) as { errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}
