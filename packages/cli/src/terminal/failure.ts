import type { ErrorCode } from '@obsidianlaunch/events'
import { plain, sentences } from './text.ts'

/** Exit codes of the process. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 3, SIGINT: 130, SIGTERM: 143 } as const

/** Kind of a failure, for scripts: those of the SDK, and those of the command line. */
export type FailureCode = ErrorCode | 'authentication' | 'failed' | 'file' | 'owned' | 'usage'

/** Failure in words for the person who typed the command: its message is all that is printed. */
export class Failure extends Error {
  readonly exitCode: number
  readonly code: FailureCode
  /** Command line that goes on after it. */
  readonly resumeCommand: string | undefined
  /** Address of the page about it, which is printed below it. */
  readonly help: string | undefined

  constructor(
    message: string,
    exitCode: number = exitCodes.failed,
    code: FailureCode = 'failed',
    { resumeCommand, help = helpOn(exitCode, code) }: Way = {},
  ) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.resumeCommand = resumeCommand
    this.help = help
  }
}

/** Ways to go on after a failure. */
interface Way {
  resumeCommand?: string | undefined
  help?: string | undefined
}

/** Address of the page about a kind of failure. A wrong command line has none: the help of its command says more. */
function helpOn(exitCode: number, code: FailureCode): string | undefined {
  if (exitCode === exitCodes.usage) return undefined
  const isOfSdk = code === 'authentication' || Object.hasOwn(exitCodeOf, code)
  const page = isOfSdk ? code.replace('_', '-') : 'command-line'
  return `https://obsidianlaunch.github.io/events-typescript/errors/${page}/`
}

/** Makes a failure of a command line that cannot be carried out. */
export function usage(message: string): Failure {
  return new Failure(message, exitCodes.usage, 'usage')
}

/** Makes a failure of a file that cannot be read or written. */
export function fileFailure(path: string, doing: 'read' | 'written', error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  const isNoFolder = doing === 'written' && (code === 'ENOENT' || code === 'ENOTDIR')
  const known = isNoFolder ? 'cannot be made: its folder does not exist.' : fileProblems[code ?? '']
  return new Failure(`${plain(path)} ${known ?? `cannot be ${doing}: ${plain(message)}`}`, exitCodes.failed, 'file')
}

const fileProblems: Record<string, string> = {
  ENOENT: 'does not exist.',
  ENOTDIR: 'does not exist.',
  ELOOP: 'is a link, which is not followed here. Name the file that it points to.',
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
  const { code, status, help } = error
  const said = plain(inOptions(messageOf(error)))
  const advice = adviceOn[status ?? 0]
  const message = advice === undefined ? said : sentences(said, advice)
  if (status === 401 || status === 403) return new Failure(message, exitCodes.configuration, 'authentication', { help })
  return new Failure(message, exitCodeOf[code], code, { help })
}

/** The next step after a refusal that does not name one. */
const adviceOn: Record<number, string> = {
  403: 'Check that EVENT_TRACKING_AUTH_TOKEN is the token of the right project.',
  404: 'That address is perhaps not the API: check --base-url. `obsidian-events doctor` looks into it.',
}

/** The message, with the cause first: that the time is up is the smaller half of what a person has to know. */
function messageOf(error: SdkError): string {
  const { code, cause } = error
  if (code !== 'timeout' || !isSdkError(cause)) return textOf(error)
  return sentences(textOf(cause), /^[^;]+/.exec(textOf(error))?.[0] ?? '')
}

/** The message without the address at its end: that is printed below. */
export function textOf({ text, message }: SdkError): string {
  return text ?? message
}

/** Words of the SDK for its options, and those of the command line for the same. */
const optionWords: [RegExp, string][] = [
  [/\bbaseUrl\b/g, '--base-url'],
  [/\bset allowInsecureHttp: true\b/g, 'allow it with --allow-insecure-http'],
  [/ or the option token\b|, or pass the option token\b/g, ''],
  [/\bthe option environment\b/g, '--environment'],
  [/\bNot delivered: its (\d+) ms \(maxDeliveryMs\) are used up/g, 'Given up after $1 ms'],
  [/ \((?:maxDeliveryMs|maxAgeMs|attemptTimeoutMs|timeoutMs)\)/g, ''],
]

/** Names no option that the command line does not have: what the SDK calls its own is called what it is here. */
export function inOptions(message: string): string {
  const told = optionWords.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), message)
  return told.replaceAll(/\b(\d+)000 ms\b/g, '$1 s')
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

/** Error of the SDK as the command line knows it: also one that was made again of what was told of it. */
export interface SdkError extends Error {
  code: ErrorCode
  status?: number
  retryable: boolean
  text?: string
  help?: string
}

export function isSdkError(error: unknown): error is SdkError {
  return error instanceof Error && 'code' in error && Object.hasOwn(exitCodeOf, String(error.code))
}
