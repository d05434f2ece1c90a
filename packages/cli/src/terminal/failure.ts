import type { ErrorCode } from '@obsidianlaunch/events'
import { plain } from './text.ts'

/** Exit codes of the process. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 3, SIGINT: 130, SIGTERM: 143 } as const

/** Kind of a failure, for scripts: those of the SDK, and those of the command line. */
export type FailureCode = ErrorCode | 'authentication' | 'failed' | 'file' | 'owned' | 'usage'

/** Failure in words for the person who typed the command: its message is all that is printed. */
export class Failure extends Error {
  readonly exitCode: number
  readonly code: FailureCode

  constructor(message: string, exitCode: number = exitCodes.failed, code: FailureCode = 'failed') {
    super(message)
    this.exitCode = exitCode
    this.code = code
  }
}

/** Makes a failure of a command line that cannot be carried out. */
export function usage(message: string): Failure {
  return new Failure(message, exitCodes.usage, 'usage')
}

/** Makes a failure of a file that cannot be read or written. */
export function fileFailure(path: string, doing: 'read' | 'written', error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : fileProblems[code]
  return new Failure(`${plain(path)} ${known ?? `cannot be ${doing}: ${plain(message)}`}`, exitCodes.failed, 'file')
}

const fileProblems: Record<string, string> = {
  ENOENT: 'does not exist.',
  ENOTDIR: 'does not exist.',
  EISDIR: 'is a directory. Give a file.',
  EACCES: 'cannot be used: its permissions forbid it.',
  EPERM: 'cannot be used: its permissions forbid it.',
  EROFS: 'is on a file system that is read-only.',
  ENOSPC: 'cannot be written: the disk is full. Free some space.',
  EFBIG: 'cannot be written: a file may not be so large here (ulimit -f).',
  EDQUOT: 'cannot be written: your share of the disk is full. Free some space.',
}

/** Makes a failure of any error. The SDK's are known by their code, so that it need not be loaded for that. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!isSdkError(error)) throw error
  const { code, status, message } = error
  if (status === 401 || status === 403) return new Failure(plain(message), exitCodes.configuration, 'authentication')
  return new Failure(plain(message), exitCodeOf[code], code)
}

/** Exit code for each kind of error of the SDK. */
const exitCodeOf: Record<ErrorCode, number> = {
  configuration: exitCodes.configuration,
  validation: exitCodes.failed,
  api: exitCodes.failed,
  connection: exitCodes.failed,
  timeout: exitCodes.failed,
  queue_full: exitCodes.failed,
  cancelled: exitCodes.failed,
  closed: exitCodes.failed,
  outbox: exitCodes.failed,
}

export function isSdkError(error: unknown): error is Error & { code: ErrorCode; status?: number } {
  return error instanceof Error && 'code' in error && Object.hasOwn(exitCodeOf, String(error.code))
}
