import { count, cut, inOneLine, plain } from '@obsidianlaunch/page/text'
import { type CategoryCounts, categoriesOf } from '../store/categories.ts'
import { everything, isEverything } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { byId, h } from '@obsidianlaunch/page/dom'

// A select with more is no help; the search finds the others.
const mostCategories = 200
const anyCategory = 'any'

/** The line of controls over the list. */
export function createFilters(store: Store): { update: () => void; toggleViolations: () => void } {
  const search = byId('search', HTMLInputElement)
  const operation = byId('operation', HTMLSelectElement)
  const status = byId('status', HTMLSelectElement)
  const category = byId('category', HTMLSelectElement)
  const violations = byId('violations', HTMLInputElement)
  const unfilter = byId('unfilter', HTMLButtonElement)
  const amount = byId('count', HTMLElement)
  const onlyCustomer = byId('only-customer', HTMLButtonElement)
  const folded = byId('filters-switch', HTMLButtonElement)
  search.addEventListener('input', () => store.narrow({ search: search.value }))
  operation.addEventListener('change', () => store.narrow({ operation: operation.value }))
  status.addEventListener('change', () => store.narrow({ status: status.value }))
  category.addEventListener('change', () => store.narrow({ category: categoryIn(category.value) }))
  violations.addEventListener('change', () => store.narrow({ violationsOnly: violations.checked }))
  unfilter.addEventListener('click', () => {
    store.narrow(everything)
    search.focus()
  })
  onlyCustomer.addEventListener('click', () => store.narrow({ customerId: undefined }))
  let operations: unknown
  let categories = ''
  const update = () => {
    if (operations !== store.operations) offer(store, operation, 'not in the OpenAPI document')
    if (operations !== store.operations) offer(store, document.querySelector('#fault-form [name=operation]'))
    operations = store.operations
    const { filter } = store
    const names = categoryNames(store.categories, filter.category)
    if (categories !== JSON.stringify(names)) offerCategories(category, names)
    categories = JSON.stringify(names)
    if (search.value !== filter.search) search.value = filter.search
    operation.value = filter.operation
    status.value = filter.status
    category.value = valueOf(filter.category)
    violations.checked = filter.violationsOnly
    unfilter.hidden = isEverything(filter)
    folded.toggleAttribute('data-on', !isEverything({ ...filter, search: '' }))
    onlyCustomer.hidden = filter.customerId === undefined
    onlyCustomer.textContent = `${inOneLine(cut(filter.customerId ?? '', 60))} ✕`
    amount.textContent = amountOf(store)
  }
  return { update, toggleViolations: () => store.narrow({ violationsOnly: !store.filter.violationsOnly }) }
}

function offer({ operations }: Store, select: HTMLSelectElement | null, rest?: string): void {
  if (select === null) return
  const [all] = select.options
  const options = operations.map(({ id }) => h('option', { value: id }, id))
  select.replaceChildren(
    ...(all ? [all] : []),
    ...options,
    ...(rest === undefined ? [] : [h('option', { value: 'none' }, rest)]),
  )
}

/** The categories to choose from by name, with the chosen one though no event has it any more. */
function categoryNames(counts: CategoryCounts, chosen: string | undefined): string[] {
  const frequent = categoriesOf(counts)
    .slice(0, mostCategories)
    .map(({ name }) => name)
  const names = new Set([...frequent, ...(chosen === undefined ? [] : [chosen])])
  return [...names].toSorted((one, other) => one.localeCompare(other))
}

function offerCategories(select: HTMLSelectElement, names: readonly string[]): void {
  const options = names.map((name) =>
    h('option', { value: valueOf(name) }, name === '' ? 'No category' : inOneLine(cut(name, 60))),
  )
  select.replaceChildren(h('option', { value: anyCategory }, 'All categories'), ...options)
}

/** A category as the value of an option, which stands for any or for none too. */
function valueOf(category: string | undefined): string {
  return category === undefined ? anyCategory : `=${category}`
}

function categoryIn(value: string): string | undefined {
  return value === anyCategory ? undefined : value.slice(1)
}

function amountOf({ events, visible, forgotten, missed, filter }: Store): string {
  const shown = isEverything(filter)
    ? count(events.length, 'event')
    : `${plain(visible.length)} of ${count(events.length, 'event')}`
  return [
    shown,
    ...(forgotten === 0 ? [] : [`${plain(forgotten)} older ones let go`]),
    ...(missed === 0 ? [] : [`${count(missed, 'exchange')} had gone before this page could have them`]),
  ].join(', ')
}
