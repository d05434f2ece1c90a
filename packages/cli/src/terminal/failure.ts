import { plain } from './screen.ts'

/** What a shell is told of how it went. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 3, SIGINT: 130, SIGTERM: 143 } as const

/** What went wrong, in words for whoever typed the command: its message is all that is printed. */
export class Failure extends Error {
  readonly exitCode: number
  /** For scripts: one word for each kind of failure. */
  readonly code: string

  constructor(message: string, exitCode: number = exitCodes.failed, code = 'failed') {
    super(message)
    this.exitCode = exitCode
    this.code = code
  }
}

/** The command line asks for what cannot be. */
export function usage(message: string): Failure {
  return new Failure(message, exitCodes.usage, 'usage')
}

/** A file cannot be used. `doing` is what was wanted of it: `read`, `written`. */
export function fileFailure(path: string, doing: 'read' | 'written', error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : fileProblems[code]
  return new Failure(`${plain(path)} ${known ?? `cannot be ${doing}: ${plain(message)}`}`, exitCodes.failed, 'file')
}

const fileProblems: Record<string, string> = {
  ENOENT: 'does not exist.',
  ENOTDIR: 'does not exist.',
  EISDIR: 'is a directory. Give a file.',
  EACCES: 'is closed to you: its permissions do not allow it.',
  EPERM: 'is closed to you: its permissions do not allow it.',
  EROFS: 'is on a file system that is read-only.',
  ENOSPC: 'cannot be written: the disk is full. Make room.',
  EFBIG: 'cannot be written: a file may not be so large here (ulimit -f).',
  EDQUOT: 'cannot be written: your share of the disk is full. Make room.',
}

/** Any error as a failure. The SDK's are told by their code, since it is not loaded for that. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, status, message } = error as { code?: unknown; status?: unknown; message: string }
  if (status === 401 || status === 403) return new Failure(plain(message), exitCodes.configuration, 'authentication')
  if (code === 'configuration') return new Failure(plain(message), exitCodes.configuration, code)
  if (typeof code === 'string' && sdkCodes.has(code)) return new Failure(plain(message), exitCodes.failed, code)
  throw error
}

const sdkCodes = new Set(['validation', 'api', 'connection', 'timeout', 'queue_full', 'cancelled', 'closed', 'outbox'])
