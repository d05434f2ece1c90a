import { count, cut, plain } from '@obsidianlaunch/page/text'
import type { Customer } from '../store/customers.ts'
import type { Store } from '../store/store.ts'
import { byId, foreign, fill, h } from '@obsidianlaunch/page/dom'
import { WindowedList } from '@obsidianlaunch/page/windowed-list'

const nameLength = 100
const all = 'all'

/** List of all customers with events, the latest to appear first; choosing one shows their events alone. */
export function createCustomerList(store: Store, open: () => void): { list: WindowedList; update: () => void } {
  let ids: string[] = []
  const customerAt = (at: number) => store.customers.get(ids[at - 1] ?? '')
  const list = new WindowedList({
    element: byId('customer-list', HTMLElement),
    label: 'Customers',
    rowHeight: () => 54,
    key: (at) => keyOf(ids[at - 1]),
    find: (key) => (key === all ? 0 : ids.indexOf(key.slice(1)) + 1 || -1),
    stamp: (at) => stampOf(at === 0 ? undefined : customerAt(at), store),
    draw: (row, at) => {
      const customer = customerAt(at)
      if (customer === undefined) drawAll(row, store)
      else draw(row, customer)
    },
    onChoose: (at) => store.narrow({ customerId: ids[at - 1] }),
    onOpen: open,
  })
  const update = () => {
    ids = [...store.customers.keys()].toReversed()
    list.update(ids.length + 1, keyOf(store.filter.customerId))
  }
  return { list, update }
}

function keyOf(id: string | undefined): string {
  return id === undefined ? all : `=${id}`
}

function stampOf(customer: Customer | undefined, { events, customers }: Store): string {
  if (customer === undefined) return `${events.length} ${customers.size}`
  const { events: amount, violations, traits } = customer
  return `${amount} ${violations} ${traits?.accepted} ${traits?.name} ${traits?.email} ${traits?.plan}`
}

function drawAll(row: HTMLElement, { events, customers }: Store): void {
  fill(
    row,
    h('span', { class: 'id' }, 'All customers'),
    h('span', { class: 'amount' }, plain(events.length)),
    h('span', { class: 'traits' }, count(customers.size, 'customer')),
  )
}

function draw(row: HTMLElement, { id, events, violations, traits }: Customer): void {
  const known = [traits?.name, traits?.email].filter((text) => text !== undefined)
  const plan = traits?.plan === undefined ? '' : `plan ${traits.plan}`
  const whom = known.join(' · ') || plan || (traits?.accepted === true ? 'identified' : 'not identified')
  fill(
    row,
    foreign(cut(id, nameLength), { class: 'id' }),
    h('span', { class: 'amount' }, plain(events), h('span', { class: 'unseen' }, events === 1 ? ' event' : ' events')),
    h(
      'span',
      { class: 'under' },
      h('span', { class: 'traits' }, foreign(cut(whom, nameLength))),
      violations > 0 && h('span', { class: 'wrong' }, count(violations, 'violation')),
    ),
  )
}
