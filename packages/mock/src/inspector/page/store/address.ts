import { type TrackedEvent, linkOf } from './event.ts'
import { type Filter, everything } from './filter.ts'
import type { Store } from './store.ts'

/** The part of the address that says what is to be seen. */
export interface View {
  readonly filter: Filter
  /** Link of the event that is open. */
  readonly event: string | undefined
  readonly attempt: number | undefined
}

/** Reads the query of an address; what it does not know or understand it leaves out. */
export function viewOf(query: string): View {
  const fields = new URLSearchParams(query)
  const attempt = Number(fields.get('attempt'))
  return {
    filter: {
      ...everything,
      search: fields.get('search') ?? '',
      operation: fields.get('operation') ?? '',
      status: fields.get('status') ?? '',
      violationsOnly: fields.get('violations') === 'only',
      category: fields.get('category') ?? undefined,
      customerId: fields.get('customer') ?? undefined,
    },
    event: fields.get('event') ?? undefined,
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt - 1 : undefined,
  }
}

/** Query of the address that shows what the page shows now; empty if that is everything. */
export function queryOf({ filter, chosenEvent, attempt, wanted }: Store): string {
  const { search, operation, status, violationsOnly, category, customerId } = filter
  const event = chosenEvent === undefined ? wanted : linkOf(chosenEvent)
  const fields = {
    search: search.trim(),
    operation,
    status,
    violations: violationsOnly ? 'only' : '',
    category,
    customer: customerId ?? '',
    event: event ?? '',
    attempt: event === undefined || attempt === undefined ? '' : String(attempt + 1),
  }
  const query = new URLSearchParams()
  // An empty category is one too: that of tracks without any.
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && (value !== '' || name === 'category')) query.set(name, value)
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** Address of one event, without the filters of the page. */
export function addressOf(event: TrackedEvent, origin: string): string {
  return `${origin}/_inspector?event=${encodeURIComponent(linkOf(event))}`
}
