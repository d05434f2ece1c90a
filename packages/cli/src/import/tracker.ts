import { EventTracker, memoryOutbox } from '@obsidianlaunch/events'
import { exitCodes, Failure, inOptions } from '../terminal/failure.ts'
import { isDisabled, projectToken } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import type { ImportOptions } from './options.ts'
import { Pace } from './pace.ts'
import type { Sending } from './sending.ts'
import type { Stored } from './stored.ts'
import { Valve } from './valve.ts'

const now = (): number => performance.now()

/** Makes what stands between the tracker and its outbox, where that is more than memory, or lends no more than a rate allows. */
export function valveBefore(stored: Stored | undefined, { rate }: ImportOptions): Valve | undefined {
  if (stored === undefined && rate === undefined) return undefined
  return new Valve(stored?.outbox ?? memoryOutbox(now), rate && new Pace(rate), now)
}

/** Makes the tracker of an import: for a dry run one that sends nothing. */
export function makeTracker(
  shell: Shell,
  { dryRun, concurrency }: ImportOptions,
  valve: Valve | undefined,
  sending: () => Sending,
): EventTracker {
  if (dryRun) return new EventTracker({ enabled: false })
  if (isDisabled(shell)) {
    const message = 'EVENT_TRACKING_ENABLED is false, so nothing would be sent. To check the lines, use --dry-run.'
    throw new Failure(message, exitCodes.configuration, 'configuration')
  }
  const token = projectToken(shell)
  return new EventTracker({
    ...shell.trackerOptions(),
    ...(concurrency !== undefined && { concurrency }),
    ...(valve !== undefined && { outbox: valve }),
    // Asked before each attempt, so that it can hold them back.
    token: () => {
      sending().checkBrake()
      return token
    },
    // A pause is named by its reason, once it lasts.
    logger: {
      warn: (message) => / sending pauses for /.test(message) || shell.err.wrap('', inOptions(message), 'dim'),
      error: () => undefined,
    },
    // The import bounds the pending lines by itself.
    queue: { maxBytes: 2 ** 30 },
    // Each line is told by itself, and what others have left in an outbox is not of this import.
    onError: () => undefined,
  })
}
