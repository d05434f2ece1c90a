import { count, cut } from '../format/text.ts'
import type { Store } from '../store/store.ts'
import { byId, button, foreign, fill, h } from '../widgets/dom.ts'

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
    const { name, email, properties = {}, accepted = true } = customer?.traits ?? {}
    const traits = Object.entries({ name, email, ...properties }).filter(([, value]) => value !== undefined)
    fill(
      card,
      h('h3', {}, foreign(cut(customerId, valueLength))),
      h('p', { class: 'amount' }, count(customer?.events ?? 0, 'event')),
      button('All customers', () => store.narrow({ customerId: undefined }), { class: 'quiet' }),
      traits.length === 0
        ? h('p', { class: 'hint' }, 'Not identified yet.')
        : h('dl', { class: 'pairs' }, ...traits.map(([trait, value]) => pair(trait, value))),
      !accepted && h('p', { class: 'hint' }, 'From an identify that was not accepted.'),
    )
  }
}

function pair(name: string, value: unknown): HTMLElement {
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
  return h('div', {}, h('dt', {}, foreign(cut(name, valueLength))), h('dd', {}, foreign(cut(text, valueLength))))
}
