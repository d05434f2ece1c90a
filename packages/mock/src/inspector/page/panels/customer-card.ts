import { count, cut, dayOf } from '@obsidianlaunch/page/text'
import type { Traits } from '../store/customers.ts'
import type { Store } from '../store/store.ts'
import { byId, button, foreign, fill, h } from '@obsidianlaunch/page/dom'

const valueLength = 120

/** Card of the customer whose events alone are shown. */
export function createCustomerCard(store: Store): () => void {
  const card = byId('customer-card', HTMLElement)
  let drawn = ''
  return () => {
    const { customerId } = store.filter
    const customer = store.customers.get(customerId ?? '')
    card.hidden = customerId === undefined
    const stamp = JSON.stringify([customerId, customer?.events, customer?.traits])
    if (customerId === undefined || stamp === drawn) return
    drawn = stamp
    fill(
      card,
      h('h3', {}, foreign(cut(customerId, valueLength))),
      h('p', { class: 'amount' }, count(customer?.events ?? 0, 'event')),
      button('All customers', () => store.narrow({ customerId: undefined }), { class: 'quiet' }),
      traitsOf(customer?.traits),
    )
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
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
  const day = name === 'created' ? dayOf(value) : undefined
  return h(
    'div',
    {},
    h('dt', {}, foreign(cut(name, valueLength))),
    h('dd', {}, foreign(cut(text, valueLength)), day !== undefined && ` (${day})`),
  )
}
