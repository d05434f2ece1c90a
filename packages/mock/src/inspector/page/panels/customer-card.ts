import { count, cut, dayOf } from '@obsidianlaunch/page/text'
import type { Traits } from '../store/customers.ts'
import { valueText } from '../format/property.ts'
import type { Store } from '../store/store.ts'
import { byId, button, foreign, fill, h } from '@obsidianlaunch/page/dom'
import { createCategoryChart } from './category-chart.ts'

const valueLength = 120

/** Card of the customer whose events alone are shown. */
export function createCustomerCard(store: Store): () => void {
  const card = byId('customer-card', HTMLElement)
  const name = h('h3')
  const amount = h('p', { class: 'amount' })
  const chart = createCategoryChart(store)
  const traits = h('div', { class: 'known' })
  const all = button('All customers', () => store.narrow({ customerId: undefined }), { class: 'quiet' })
  fill(card, name, amount, all, chart.element, traits)
  let drawn = ''
  return () => {
    const { customerId, category } = store.filter
    const customer = store.customers.get(customerId ?? '')
    card.hidden = customerId === undefined
    // A new event may take the place of one that the page forgets: as many as before, of other categories.
    const categories = [...(customer?.categories ?? [])]
    const stamp = JSON.stringify([customerId, category, categories, customer?.events, customer?.traits])
    if (customerId === undefined || stamp === drawn) return
    drawn = stamp
    fill(name, foreign(cut(customerId, valueLength)))
    fill(amount, count(customer?.events ?? 0, 'event'))
    chart.update(customer)
    fill(traits, ...traitsOf(customer?.traits))
  }
}

function traitsOf(traits: Traits | undefined): HTMLElement[] {
  if (traits === undefined) return [h('p', { class: 'hint' }, 'Not identified yet.')]
  const { all, accepted } = traits
  return [
    all.length === 0
      ? h('p', { class: 'hint' }, 'Identified, without traits.')
      : h('dl', { class: 'pairs' }, ...all.map(([trait, value]) => pair(trait, value))),
    ...(accepted ? [] : [h('p', { class: 'hint' }, 'From an identify that was not accepted.')]),
  ]
}

function pair(name: string, value: unknown): HTMLElement {
  const day = name === 'created' ? dayOf(value) : undefined
  return h(
    'div',
    {},
    h('dt', {}, foreign(cut(name, valueLength))),
    h('dd', {}, foreign(cut(valueText(value), valueLength)), day !== undefined && ` (${day})`),
  )
}
