import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { CallOptions, Delivery, EventTracker, Receipt } from '@obsidianlaunch/events'
import { type Command, Option } from 'commander'
import { exitCodes, Failure, failureFrom, inOptions, isSdkError, usage } from '../terminal/failure.ts'
import { addProperty, integerFrom, type Properties, readProperties } from '../terminal/option-values.ts'
import { environmentOf, isDisabled, projectToken } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { nameSilence } from '../terminal/silence.ts'
import { plain, plural, sentences, shallow, shellWords } from '../terminal/text.ts'
import { isWebPage, webPageAdvice } from '../terminal/web-page.ts'

/** The options of a single call, besides what it says. */
export interface OneCallOptions {
  property?: Properties
  properties?: string
  id?: string
  timeout: number
}

/** Names of options that a file of calls has no use for. */
export const onlyForOneCall = ['property', 'properties', 'id', 'timeout']

/** The way to a file of calls, for who has named one without its option. */
export function aFileOfThem(command: string, given?: string): string {
  const path =
    given !== undefined && existsSync(given) ? given : `${command === 'track' ? 'events' : 'customers'}.ndjson`
  return `For a file of them: ${shellWords(['obsidian-events', command, '--from', path])}`
}

/** Names of files that an import takes: an id that ends so, and is there as a file, is probably meant as one. */
const likeFile = /\.(?:csv|tsv|json|jsonl|ndjson|gz|zst)$/i

/**
 * Refuses a file of calls in the place of the customer, who would be made of its name. Behind a `--` it is the customer.
 *
 * @param words what was typed: the customer first
 */
export function refuseFile(shell: Shell, command: string, words: readonly [string, ...string[]]): void {
  const [id] = words
  const end = shell.args.indexOf('--')
  const isMeant = end !== -1 && shell.args.indexOf(id, end) !== -1
  if (isMeant || !likeFile.test(id) || !existsSync(id)) return
  const theFile = shellWords(['obsidian-events', command, '--from', id])
  const theCustomer = shell.commandWith(['--', ...words], words)
  throw usage(
    `${plain(id, 100)} is a file here. \`${theFile}\` sends what is in it, \`${theCustomer}\` is for a customer of that name.`,
  )
}

export function withOneCallOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--property <name=text>', 'a property; := for JSON: seats:=5').argParser<Properties>(addProperty),
    )
    .option('--properties <file>', 'properties as a JSON object, - for stdin')
    .option('--id <id>', 'the Idempotency-Key, where you have one')
    .option('--timeout <seconds>', 'time to keep trying', integerFrom(1, 86_400), 30)
}

/** Properties that were given, those of the file first; undefined if there are none. */
export async function propertiesOf(shell: Shell, options: OneCallOptions): Promise<Properties | undefined> {
  const { property, properties } = options
  if (properties === undefined) return property
  return { ...(await readProperties(shell, properties)), ...property }
}

/** Makes one call and prints its receipt. `done` is what it did, such as `tracked button_click for user123`. */
export async function callOnce(
  shell: Shell,
  { id = randomUUID(), timeout }: OneCallOptions,
  done: string,
  call: (tracker: EventTracker, options: CallOptions) => Delivery,
): Promise<void> {
  const sdk = await import('@obsidianlaunch/events')
  const deadline = performance.now() + timeout * 1_000
  const inVain = new AbortController()
  const warn = (message: string) => {
    const [, why] = /^(.*): sending pauses for /.exec(message) ?? []
    if (why === undefined) return shell.err.wrap('', inOptions(message), 'dim')
    const { opensInMs: pauseMs = 0, status } = tracker.status().gate
    const cause = status === undefined ? why : `${why} (${status})`
    if (performance.now() + pauseMs > deadline) return inVain.abort(`${cause}, ${longerThan(pauseMs, timeout)}`)
    shell.err.wrap('', `${cause}: it is tried again in ${inSeconds(pauseMs)}.`, 'yellow')
  }
  const tracker = new sdk.EventTracker({
    ...shell.trackerOptions(),
    ...(!isDisabled(shell) && { token: projectToken(shell) }),
    maxDeliveryMs: timeout * 1_000,
    // An attempt that has less time than the usual is told to have had that.
    attemptTimeoutMs: Math.min(timeout, 10) * 1_000,
    // A failure is told where it is awaited.
    logger: { warn, error: () => undefined },
  })
  const howLong = `It is tried again for ${plural(timeout, 'second')} (--timeout).`
  const endNaming = nameSilence(shell, tracker, () => 0, howLong)
  try {
    const receipt = await call(tracker, { signal: AbortSignal.any([shell.stopped, inVain.signal]), id })
    endNaming()
    printReceipt(shell, done, receipt)
  } catch (error) {
    throw withAnotherTry(shell, error, id, inVain.signal)
  } finally {
    endNaming()
    await tracker.shutdown({ timeoutMs: 0 })
  }
}

/** The end of what is said of a pause that outlasts the call: to wait for that would be in vain. */
function longerThan(pauseMs: number, timeout: number): string {
  return `for longer than the ${plural(timeout, 'second')} that are tried (--timeout): the next attempt would be in ${inSeconds(pauseMs)}. Given up.`
}

function inSeconds(ms: number): string {
  return plural(Math.ceil(ms / 1_000), 'second')
}

/** Adds the command that tries the same event again, under its id, where it may have arrived, or still can. */
function withAnotherTry(shell: Shell, error: unknown, id: string, inVain: AbortSignal): unknown {
  if (!isSdkError(error) || !(error.retryable || error.code === 'cancelled')) return error
  const isGiven = shell.args.some((word) => word === '--id' || word.startsWith('--id='))
  const resumeCommand = shell.commandWith(isGiven ? [] : ['--id', id])
  const again = 'To try the same event again:'
  if (inVain.aborted)
    return new Failure(`${String(inVain.reason)} ${again}`, exitCodes.failed, 'timeout', { resumeCommand })
  const { message, exitCode, code, help } = failureFrom(error)
  const said = code === 'cancelled' ? stopped('mayHaveArrived' in error && error.mayHaveArrived === true) : message
  return new Failure(sentences(said, again), exitCode, code, { resumeCommand, help })
}

/** The end of a call by Ctrl-C or SIGTERM: nothing of it goes on in a process that ends. */
function stopped(mayHaveArrived: boolean): string {
  return mayHaveArrived
    ? 'Stopped without an answer: the event may have arrived.'
    : 'Stopped: the event has not arrived.'
}

function printReceipt(shell: Shell, done: string, receipt: Receipt): void {
  const { id, status, attempts, acceptedAt, deliveredAt, skipped } = receipt
  const { out } = shell
  const environment = environmentOf(shell)
  const warning = isWebPage(receipt.data) ? webPageAdvice : undefined
  if (warning !== undefined) shell.err.wrap('', warning, 'yellow')
  // An answer is shown, never trusted.
  const data = shallow(receipt.data)
  shell.report({ type: 'receipt', ...receipt, data, environment, warning }, () => {
    if (skipped) return out.wrap(`${out.tone('yellow', '–')} `, 'nothing sent: EVENT_TRACKING_ENABLED is false')
    const sign = warning === undefined ? out.tone('green', '✓') : out.tone('yellow', '!')
    out.wrap(`${sign} `, `${plain(done)} in the ${environment} environment`)
    const tookMs = deliveredAt.getTime() - acceptedAt.getTime()
    out.wrap('  ', `${status} in ${tookMs} ms, ${plural(attempts, 'attempt')}, id ${id}`, 'dim')
    // Spaced out, so that it can be broken between words.
    const answer = (JSON.stringify(data, null, 1) ?? 'no body').replaceAll(/\n */g, ' ')
    out.wrap('  ', plain(answer), 'dim')
  })
}
