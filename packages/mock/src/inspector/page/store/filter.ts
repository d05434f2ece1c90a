import type { Customer } from './customers.ts'
import { type Attempt, type TrackedEvent, hasViolations } from './event.ts'

/** Filter of the events. Empty texts let everything through. */
export interface Filter {
  readonly search: string
  readonly operation: string
  /** `200`, `5xx` or `none` for attempts that were never answered. */
  readonly status: string
  readonly violationsOnly: boolean
  /** Category of tracks; the empty text is for tracks without one, undefined lets everything through. */
  readonly category: string | undefined
  readonly customerId: string | undefined
}

export const everything: Filter = {
  search: '',
  operation: '',
  status: '',
  violationsOnly: false,
  category: undefined,
  customerId: undefined,
}

export function isEverything(filter: Filter): boolean {
  const { search, operation, status, violationsOnly, category, customerId } = filter
  const isEmpty = search.trim() === '' && operation === '' && status === ''
  return isEmpty && !violationsOnly && category === undefined && customerId === undefined
}

/** The words of the search, without the names of the places in which they are looked for. */
export function wordsOf({ search }: Filter): string[] {
  return words(search)
    .filter((word) => !word.startsWith('status:'))
    .map((word) => word.replace(/^(?:event|customer|operation|category):/, ''))
    .filter((word) => word !== '')
}

type Test = (event: TrackedEvent) => boolean

/** Makes a test of a filter. Every word of the search must be found; `status:503` or `event:click` look there only. */
export function matcher(filter: Filter, customers: ReadonlyMap<string, Customer>): Test {
  const { operation, status, violationsOnly, category, customerId } = filter
  const tests = words(filter.search).map((word) => wordTest(word, customers))
  if (customerId !== undefined) tests.push((event) => event.customerId === customerId)
  if (operation !== '') tests.push((event) => (event.operation ?? 'none') === operation)
  if (status !== '') tests.push(statusTest(status))
  if (category !== undefined) tests.push((event) => event.category === category)
  if (violationsOnly) tests.push(hasViolations)
  return (event) => tests.every((test) => test(event))
}

/** Splits a search into words; quotes hold words together. */
function words(search: string): string[] {
  return [...search.toLowerCase().matchAll(/(?:[^\s"]*"[^"]*"?|[^\s"]+)/g)].map(([word]) => word.replaceAll('"', ''))
}

function wordTest(word: string, customers: ReadonlyMap<string, Customer>): Test {
  const [, field, wanted = ''] = /^(status|event|customer|operation|category):(.+)$/.exec(word) ?? []
  if (field === 'status') return statusTest(wanted)
  if (field === 'event') return ({ title }) => title.toLowerCase().includes(wanted)
  if (field === 'operation') return ({ operation = 'none' }) => operation.toLowerCase().includes(wanted)
  if (field === 'category') return ({ category = '' }) => category.toLowerCase().includes(wanted)
  const traits = (event: TrackedEvent, part: string) =>
    event.customerId !== undefined && customers.get(event.customerId)?.traits?.haystack.includes(part) === true
  if (field === 'customer') {
    return (event) => event.customerId?.toLowerCase().includes(wanted) === true || traits(event, wanted)
  }
  return (event) => event.haystack.includes(word) || statusesOf(event).includes(Number(word)) || traits(event, word)
}

function statusTest(wanted: string): Test {
  const meets = statusMeets(wanted)
  return ({ attempts }) => attempts.some(meets)
}

function statusMeets(wanted: string): (attempt: Attempt) => boolean {
  if (wanted === 'none') return ({ answer }) => answer.status === 0
  const pattern = wanted.replaceAll('x', '')
  return ({ answer }) => answer.status > 0 && String(answer.status).startsWith(pattern)
}

function statusesOf({ attempts }: TrackedEvent): number[] {
  return attempts.map(({ answer }) => answer.status)
}
