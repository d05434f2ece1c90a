import type { CallOptions, Delivery, EventTracker, Receipt } from '@obsidianlaunch/events'
import { type Command, Option } from 'commander'
import { addProperty, integerFrom, type Properties, readProperties } from '../terminal/option-values.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'

/** The options of a single call, besides what it says. */
export interface OneCallOptions {
  property?: Properties
  properties?: string
  id?: string
  timeout: number
}

/** Names of options that a file of calls has no use for. */
export const onlyForOneCall = ['property', 'properties', 'id', 'timeout']

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
  { id, timeout }: OneCallOptions,
  done: string,
  call: (tracker: EventTracker, options: CallOptions) => Delivery,
): Promise<void> {
  const sdk = await import('@obsidianlaunch/events')
  const { isDisabled, projectToken } = await import('../terminal/settings.ts')
  const tracker = new sdk.EventTracker({
    ...shell.trackerOptions(),
    ...(!isDisabled(shell) && { token: projectToken(shell) }),
    maxDeliveryMs: timeout * 1_000,
    // A failure is told where it is awaited.
    logger: { warn: (message) => shell.err.wrap('', message, 'dim'), error: () => undefined },
  })
  try {
    const options = { signal: shell.stopped, ...(id !== undefined && { id }) }
    const receipt = await call(tracker, options)
    shell.report({ type: 'receipt', ...receipt }, () => printReceipt(shell, done, receipt))
  } finally {
    await tracker.shutdown({ timeoutMs: 0 })
  }
}

function printReceipt({ out }: Shell, done: string, receipt: Receipt): void {
  const { id, status, attempts, acceptedAt, deliveredAt, data, skipped } = receipt
  if (skipped) return out.wrap(`${out.tone('yellow', '–')} `, 'nothing sent: EVENT_TRACKING_ENABLED is false')
  out.wrap(`${out.tone('green', '✓')} `, plain(done))
  const tookMs = deliveredAt.getTime() - acceptedAt.getTime()
  out.wrap('  ', `${status} in ${tookMs} ms, ${plural(attempts, 'attempt')}, id ${id}`, 'dim')
  // Spaced out, so that it can be broken between words.
  const answer = (JSON.stringify(data, null, 1) ?? 'no body').replaceAll(/\n */g, ' ')
  out.wrap('  ', plain(answer), 'dim')
}
