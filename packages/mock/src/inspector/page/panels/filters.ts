import { count, cut, inOneLine, plain } from '@obsidianlaunch/page/text'
import { everything, isEverything } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { byId, h } from '@obsidianlaunch/page/dom'

/** The line of controls over the list. */
export function createFilters(store: Store): { update: () => void; toggleViolations: () => void } {
  const search = byId('search', HTMLInputElement)
  const operation = byId('operation', HTMLSelectElement)
  const status = byId('status', HTMLSelectElement)
  const violations = byId('violations', HTMLInputElement)
  const unfilter = byId('unfilter', HTMLButtonElement)
  const amount = byId('count', HTMLElement)
  const onlyCustomer = byId('only-customer', HTMLButtonElement)
  const folded = byId('filters-switch', HTMLButtonElement)
  search.addEventListener('input', () => store.narrow({ search: search.value }))
  operation.addEventListener('change', () => store.narrow({ operation: operation.value }))
  status.addEventListener('change', () => store.narrow({ status: status.value }))
  violations.addEventListener('change', () => store.narrow({ violationsOnly: violations.checked }))
  unfilter.addEventListener('click', () => {
    store.narrow(everything)
    search.focus()
  })
  onlyCustomer.addEventListener('click', () => store.narrow({ customerId: undefined }))
  let operations: unknown
  const update = () => {
    if (operations !== store.operations) offer(store, operation, 'not in the OpenAPI document')
    if (operations !== store.operations) offer(store, document.querySelector('#fault-form [name=operation]'))
    operations = store.operations
    const { filter } = store
    if (search.value !== filter.search) search.value = filter.search
    operation.value = filter.operation
    status.value = filter.status
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
