import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OutboxContents } from '@obsidianlaunch/events/sqlite'
import { filesOf, lookInto } from '../outbox/file.ts'
import type { Contents } from '../outbox/place.ts'
import { age, count, plain, plural, shellWords } from '../terminal/text.ts'
import { type Finding, failure, ok, warning } from './checklist.ts'

/** Contents as far as the doctor asks for them: to count the customers of a database may take a while. */
export type Found = Omit<Contents, 'customers'> & { readonly customers?: number }

/** Age of a pending event from which something must be wrong. */
const longMs = 3_600_000

export async function checkOutbox(path: string): Promise<Finding<OutboxContents>> {
  const missing = missingFile(path)
  if (missing !== undefined) return missing
  const contents = await lookInto(path, 1)
  return ok(`${plain(path)} can be read, and is of this version.`, { yields: contents })
}

/** Tells which part of a path is not there: a tracker makes the file, but not its folder. */
function missingFile(path: string): Finding<never> | undefined {
  const folder = dirname(path)
  if (isMissing(folder)) {
    const advice = `Make it: ${shellWords(['mkdir', '-p', folder])}. A tracker makes the file of its outbox, but no folder.`
    return failure(`${plain(path)} does not exist, nor does its folder ${plain(folder)}.`, advice)
  }
  if (!isMissing(path)) return undefined
  const advice =
    'Check the path: a relative one begins at the folder in which the program was started. A tracker makes the file when it starts.'
  return failure(`${plain(path)} does not exist.`, advice)
}

function isMissing(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

export function checkOwner({ isOwned, pending }: OutboxContents): Finding {
  const facts = { isOwned }
  if (isOwned) return ok('A tracker has it open.', { facts })
  if (pending === 0) return ok('No tracker has it open, and none is needed.', { facts })
  return warning('No tracker has it open.', 'Start the program that owns it: the pending events wait for that.', {
    facts,
  })
}

export function checkPending({ pending, customers, waiting }: Found): Finding {
  const [longest] = waiting
  if (longest === undefined) return ok('Nothing is pending.', { facts: { pending } })
  const ageMs = Date.now() - longest.oldestAt
  const facts = { pending, ...(customers !== undefined && { customers }), oldestMs: ageMs }
  const whose = customers === undefined ? '' : ` of ${plural(customers, 'customer')}`
  const message = `${plural(pending, 'event')}${whose}, the oldest for ${age(ageMs)}.`
  if (ageMs <= longMs) return ok(message, { facts })
  return warning(message, 'See above why they are not delivered. After 7 days (maxAgeMs) they are given up.', { facts })
}

/** @param argument the words by which a command line names the outbox, with a blank before */
export function checkDead(argument: string, { dead }: Pick<Contents, 'dead'>): Finding {
  const facts = { dead }
  if (dead === 0) return ok('No dead letters.', { facts })
  return warning(`${plural(dead, 'dead letter')}.`, `See why: obsidian-events outbox dead${argument}`, { facts })
}

/** Checks that other users cannot read the file: events tell of customers. */
export function checkPermissions(path: string): Finding {
  const files = filesOf(path)
  const bytes = files.reduce((sum, each) => sum + statSync(each).size, 0)
  const facts = { bytes }
  // Windows has other means, and shows none of them here.
  const open = process.platform === 'win32' ? [] : files.filter((each) => (statSync(each).mode & 0o077) !== 0)
  if (open.length === 0) return ok(`${megabytes(bytes)}, closed to other users.`, { facts })
  const names = open.map((each) => plain(each)).join(' ')
  return warning(`${megabytes(bytes)}, and open to other users.`, `chmod 600 ${names}`, { facts })
}

/** A tracker's write-ahead log alone may take 64 MiB. */
const fewBytes = 256 * 1024 * 1024

export function checkDisk(path: string): Finding {
  const { bavail, bsize } = statfsSync(dirname(path))
  const free = bavail * bsize
  const facts = { freeBytes: free }
  const message = `${megabytes(free)} free.`
  return free >= fewBytes
    ? ok(message, { facts })
    : warning(message, 'Free some space: a full disk refuses new events.', { facts })
}

function megabytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 1024 / 1024))} MiB`
}
