import { OutboxError, type OutboxProblem } from '../../errors/errors.ts'
import { isTrackingError, type TrackingError } from '../../errors/tracking-error.ts'
import type { NodeModules } from './node-modules.ts'

/** Each with what it says after `The outbox <path>`. The other problems are told where they are found. */
const kinds = {
  full: [
    'full',
    'has no space left: its disk is full or maxBytes is reached. Free some space; what is stored stays and is still delivered',
  ],
  'read-only': ['read-only', 'cannot be written: give this process the right to write to the file and its directory'],
  missing: ['missing', 'cannot be opened: create its directory, and let this process read and write there'],
  directory: ['missing', 'is a directory: choose the path of a file'],
  name: ['missing', 'cannot be opened: its path is too long. Choose a shorter one'],
  'not-an-outbox': ['not-an-outbox', 'is not an outbox but another file: choose another path. It was left as it is'],
  corrupt: [
    'corrupt',
    "is damaged. Stop the process, keep a copy of the file with its -wal, and save what can be read with 'sqlite3 <file> .recover'",
  ],
  busy: ['busy', 'is held by another program that writes to it: end that program'],
  entry: ['entry', 'was given something that it cannot store. The cause says what'],
  handles: [
    'io',
    'cannot be opened: there are too many files open. Close some, or raise the limit of this process (ulimit -n)',
  ],
  locks: ['io', 'cannot be locked: its file system grants no locks. Choose a path on a disk of this machine'],
  memory: ['io', 'cannot be used: this process has no memory left'],
  io: ['io', 'cannot be read or written: the disk failed, or is full. The cause says more'],
} as const satisfies Record<string, readonly [OutboxProblem, string]>

type Kind = keyof typeof kinds

/** By the primary code. @see https://sqlite.org/rescode.html */
const bySqlite: Record<number, Kind> = {
  3: 'read-only',
  5: 'busy',
  6: 'busy',
  7: 'memory',
  8: 'read-only',
  11: 'corrupt',
  13: 'full',
  14: 'missing',
  15: 'busy',
  18: 'entry',
  19: 'entry',
  20: 'entry',
  26: 'not-an-outbox',
}

const bySystem: Record<string, Kind> = {
  EACCES: 'read-only',
  EDQUOT: 'full',
  EFBIG: 'full',
  EISDIR: 'directory',
  EMFILE: 'handles',
  ENAMETOOLONG: 'name',
  ENFILE: 'handles',
  ENOENT: 'missing',
  ENOLCK: 'locks',
  ENOMEM: 'memory',
  ENOSPC: 'full',
  ENOTDIR: 'missing',
  EPERM: 'read-only',
  ERR_INVALID_ARG_TYPE: 'entry',
  ERR_INVALID_ARG_VALUE: 'entry',
  EROFS: 'read-only',
}

/** SQLite takes no longer path, with what it appends to one, whatever the system does. */
const longestPath = 500

/** Says in one sentence what failed and what to do; `path` is the file's. */
export function outboxError(thrown: unknown, path: string, modules?: Pick<NodeModules, 'fs' | 'path'>): TrackingError {
  if (isTrackingError(thrown)) return thrown
  const { code = '' } = ((modules && systemError(thrown, path, modules)) ?? thrown ?? {}) as { code?: string }
  const [problem, sentence] = kinds[bySystem[code] ?? bySqlite[primaryCode(thrown) ?? -1] ?? 'io']
  return new OutboxError(problem, `The outbox ${path} ${sentence}.`, thrown)
}

/** Says at the end that the file does not know how attempts at `ends` of its events ended, and why: `error`. */
export function unwrittenError(error: unknown, path: string, ends: number): unknown {
  if (!(error instanceof OutboxError) || error.problem === 'moved') return error
  const what = `The outbox ${path} could not record how ${ends} of its events ended.`
  return new OutboxError(error.problem, `${what} The next start sends those again. ${error.text}`, error)
}

/** Asks the system why a file cannot be opened, which SQLite does not tell. */
function systemError(
  thrown: unknown,
  path: string,
  { fs, path: { dirname } }: Pick<NodeModules, 'fs' | 'path'>,
): unknown {
  if (primaryCode(thrown) !== 14) return undefined
  if (path.length > longestPath) return { code: 'ENAMETOOLONG' }
  try {
    fs.opendirSync(dirname(path)).closeSync()
    if (fs.statSync(path).isDirectory()) return { code: 'EISDIR' }
    for (const name of [dirname(path), path, `${path}-owner`, `${path}-wal`, `${path}-shm`]) {
      if (fs.existsSync(name)) fs.accessSync(name, fs.constants.R_OK | fs.constants.W_OK)
    }
    return undefined
  } catch (found) {
    return found
  }
}

/** Problems that keep every event out alike, so that there is no use in trying the next one. */
const common = new Set<OutboxProblem>(['busy', 'full', 'io', 'moved', 'read-only'])

export function isCommon(error: unknown): boolean {
  return error instanceof OutboxError && common.has(error.problem)
}

/** Another connection holds the lock. */
export function isBusy(thrown: unknown): boolean {
  return primaryCode(thrown) === 5
}

/** There is no space. */
export function isFull(thrown: unknown): boolean {
  return primaryCode(thrown) === 13
}

/** The disk failed: what was not confirmed before may be gone. */
export function isIoError(thrown: unknown): boolean {
  return primaryCode(thrown) === 10 || (thrown as { code?: string } | undefined)?.code === 'EIO'
}

function primaryCode(thrown: unknown): number | undefined {
  const { errcode } = (thrown ?? {}) as { errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}
