import type { DeadLetter } from '@obsidianlaunch/events'
import type { WaitingCustomer } from '@obsidianlaunch/events/sqlite'
import type { JsonRecord, Shell } from '../terminal/shell.ts'
import { age, count, plain, plural } from '../terminal/text.ts'
import type { Contents, Place } from './place.ts'

export async function listWaiting(shell: Shell, place: Place, limit: number): Promise<void> {
  const contents = await place.look(limit)
  const { waiting, ...totals } = contents
  for (const customer of waiting) {
    const { oldestAt, dueInMs } = customer
    const rounded = { oldestAt: new Date(oldestAt).toISOString(), dueInMs: Math.round(dueInMs) }
    const record = { type: 'customer', ...customer, ...rounded }
    shell.report(record, () => printCustomer(shell, customer))
  }
  shell.report({ type: 'outbox', ...place.fields, ...totals }, () => printTotals(shell, place, contents))
}

function printCustomer({ out }: Shell, { customerId, pending, oldestAt, attempts, isLent }: WaitingCustomer): void {
  const lead = `${count(pending).padStart(7)}  `
  out.wrap(out.tone('yellow', lead), plain(customerId, 200))
  const state = `oldest ${age(Date.now() - oldestAt)}, ${isLent ? 'sending now' : plural(attempts, 'attempt')}`
  out.wrap(' '.repeat(lead.length), state, 'dim')
}

function printTotals(
  { out }: Shell,
  { name, argument }: Place,
  { pending, customers, dead, isOwned, waiting }: Contents,
): void {
  if (customers > waiting.length) {
    out.print(`and ${plural(customers - waiting.length, 'customer')} more (--limit)`)
  }
  if (waiting.length > 0) out.print()
  const whose = customers === 0 ? '' : ` of ${plural(customers, 'customer')}`
  out.wrap('', `${name}: ${count(pending)} pending${whose}, ${count(dead)} dead.`)
  if (isOwned) out.wrap('', 'A tracker has it open.', 'dim')
  else if (isOwned === false && pending > 0) out.wrap('', 'No tracker has it open: pending events wait for one.', 'dim')
  if (dead > 0) out.wrap('', `The dead: obsidian-events outbox dead${argument}`, 'dim')
}

export async function listDead(shell: Shell, place: Place, limit: number): Promise<void> {
  const outbox = await place.open({ toChange: false })
  try {
    const { dead } = await outbox.counts()
    const letters = await outbox.dead(limit)
    for (const letter of letters) shell.report(recordOf(letter), () => printLetter(shell, letter))
    shell.report({ type: 'outbox', ...place.fields, dead }, () => {
      const { out } = shell
      if (dead > letters.length) out.print(`and ${count(dead - letters.length)} more (--limit)`)
      if (letters.length > 0) out.print()
      out.wrap('', `${place.name}: ${plural(dead, 'dead letter')}.`)
      if (dead > 0) out.wrap('', `Once mended: obsidian-events outbox replay${place.argument} --all`, 'dim')
    })
  } finally {
    await outbox.close()
  }
}

/** Record of a dead letter, without the body, which says more of a customer than belongs in a log. */
function recordOf({ id, entry, diedAt, ...death }: DeadLetter): JsonRecord {
  const { id: eventId, operation, customerId, environment = 'test', acceptedAt } = entry
  const times = { acceptedAt: new Date(acceptedAt).toISOString(), diedAt: new Date(diedAt).toISOString() }
  return { type: 'dead', id, eventId, operation, customerId, environment, ...death, ...times }
}

function printLetter({ out }: Shell, { id, entry, diedAt, reason, status, attempts, detail }: DeadLetter): void {
  const { operation, customerId, environment = 'test' } = entry
  const lead = `${id.padStart(4)}  `
  const where = environment === 'test' ? '' : `, ${environment}`
  out.wrap(out.tone('yellow', lead), `${operation} ${plain(customerId, 200)}${where}`)
  const why = reason === 'refused' ? `refused${status === undefined ? '' : `: ${status}`}` : 'became too old'
  const margin = ' '.repeat(lead.length)
  out.wrap(margin, `${why}, ${plural(attempts, 'attempt')}, ${dateOf(diedAt)}`, 'dim')
  if (detail !== undefined) out.wrap(margin, plain(detail, 200), 'dim')
}

/** `2026-03-01 09:30Z` */
function dateOf(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\..*/, 'Z')
}
