import type { Report } from '@obsidianlaunch/events'
import { count, plain, plural, type Screen } from './screen.ts'
import type { Sending } from './send.ts'
import type { Wire } from './wire.ts'

/** What is judged at the end, each in words for the good and for the bad case. */
interface Verdict {
  good: boolean
  text: string
}

/** Prints how it all ended. @returns whether everything is as it should be */
export function printReport(screen: Screen, sending: Sending, wire: Wire, books: Report, tookMs: number): boolean {
  printBooks(screen, sending, books)
  printRefusals(screen, sending)
  printWire(screen, sending, wire, books, tookMs)
  const verdicts = [booksVerdict(sending, wire, books), orderVerdict(wire), violationsVerdict(wire)]
  for (const { good, text } of verdicts) {
    screen.wrap(`  ${good ? screen.tone('green', '✓') : screen.tone('red', '✗')} `, text)
  }
  for (const violation of wire.firstViolations) screen.wrap('    ', plain(violation), 'red')
  return verdicts.every(({ good }) => good)
}

function printBooks(screen: Screen, { file, unreadable }: Sending, books: Report): void {
  screen.print()
  screen.print(screen.tone('bold', 'Books'))
  row(screen, 'lines', file.lines)
  row(screen, 'unreadable', unreadable, 'before the SDK')
  row(screen, 'accepted', books.accepted, 'by the SDK')
  row(screen, 'delivered', books.delivered)
  row(screen, 'rejected', books.rejected)
  row(screen, 'dropped', books.dropped)
  row(screen, 'dead', books.dead)
  row(screen, 'pending', books.pending)
  screen.print()
}

function printRefusals(screen: Screen, { refused, refusals }: Sending): void {
  if (refused === 0) return
  screen.print(screen.tone('bold', `${plural(refused, 'line')} refused; the rest went on`))
  const inOrder = refusals.toSorted((one, other) => one.line - other.line)
  const width = Math.max(...inOrder.map(({ line }) => count(line).length))
  for (const { line, reason } of inOrder) {
    screen.wrap(`  line ${screen.tone('yellow', count(line).padStart(width))}  `, plain(reason))
  }
  if (refused > refusals.length) screen.print(`  and ${count(refused - refusals.length)} more`)
  screen.print()
}

function printWire(screen: Screen, { retries }: Sending, wire: Wire, { delivered }: Report, tookMs: number): void {
  screen.print(screen.tone('bold', 'What the mock saw'))
  row(screen, 'requests', wire.requests)
  const statuses = [...wire.answers].toSorted(([one], [other]) => one - other)
  for (const [status, times] of statuses) row(screen, `  ${status}`, times)
  row(screen, 'retries', retries)
  row(
    screen,
    'time',
    `${(tookMs / 1000).toFixed(1)} s`,
    `${plural(Math.round((1000 * delivered) / tookMs), 'event')}/s`,
  )
  screen.print()
}

function row(screen: Screen, label: string, value: number | string, note = ''): void {
  const figure = (typeof value === 'number' ? count(value) : value).padStart(9)
  screen.print(`  ${label.padEnd(11)}${figure}${note && `  ${screen.tone('dim', note)}`}`)
}

function booksVerdict({ file, unreadable }: Sending, wire: Wire, books: Report): Verdict {
  const ended = books.delivered + books.rejected + books.dropped + books.dead + books.pending
  if (books.accepted !== ended)
    return { good: false, text: `books off: ${books.accepted} accepted, ${ended} accounted for` }
  if (books.pending > 0) return { good: false, text: `${plural(books.pending, 'event')} still owed` }
  const arrived = wire.order.events
  // What a stop has dropped in flight may have arrived all the same.
  if (arrived < books.delivered || arrived > books.delivered + books.dropped) {
    return { good: false, text: `books off: ${books.delivered} delivered, but ${arrived} arrived at the mock` }
  }
  const unread = file.lines - unreadable - books.accepted
  if (unread > 0) return { good: true, text: `books balance; stopped with ${plural(unread, 'line')} unread` }
  return { good: true, text: 'books balance, and the mock agrees' }
}

function orderVerdict({ order }: Wire): Verdict {
  const { broken } = order
  if (broken.length === 0) return { good: true, text: `order kept for ${plural(order.customers, 'customer')}` }
  const names = broken.slice(0, 5).map((customer) => plain(customer, 40))
  return { good: false, text: `order broken for ${plural(broken.length, 'customer')}: ${names.join(', ')}` }
}

function violationsVerdict({ violations }: Wire): Verdict {
  if (violations === 0) return { good: true, text: 'no violation of the API document' }
  return { good: false, text: `${plural(violations, 'violation')} of the API document` }
}
