import { count, cut, durationOf, timeOf } from '@obsidianlaunch/page/text'
import { fieldsOf } from '../format/fields.ts'
import { durationIn, valueText } from '../format/property.ts'
import type { Attempt, TrackedEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import { button, foreign, h } from '@obsidianlaunch/page/dom'
import { faultTag, identifyTag, outcome, productionTag } from './outcome-tags.ts'

export const titleLength = 300

/** The head of the details: what it was, when, and for whom. */
export function eventHead(store: Store, event: TrackedEvent, attempt: Attempt, close: () => void): HTMLElement {
  const { customerId, operation, idempotencyKey, title } = event
  const { property } = event.kind === 'track' ? fieldsOf(attempt.text) : {}
  const durationMs = durationIn(property)
  const facts: [string, Node | string | undefined][] = [
    ['Customer', customerId === undefined ? undefined : customerOf(store, customerId)],
    ['Category', categoryOf(store, event)],
    ['Duration', durationMs === undefined ? undefined : durationOf(durationMs)],
    ['Property', property === undefined ? undefined : propertyOf(property)],
    ['Operation', operation ?? 'not in the OpenAPI document'],
    [
      'Arrived',
      h(
        'span',
        {},
        h('time', { datetime: attempt.at }, timeOf(attempt.at)),
        `, took ${durationOf(attempt.durationMs)}`,
      ),
    ],
    ['Key', idempotencyKey === undefined ? undefined : foreign(cut(idempotencyKey, titleLength), { class: 'mono' })],
  ]
  return h(
    'header',
    {},
    h(
      'div',
      { class: 'head' },
      button('← Events', close, { class: 'back' }),
      outcome(attempt),
      identifyTag(event),
      productionTag(event),
      faultTag(attempt),
      button('✕', close, { class: 'close quiet', 'aria-label': 'Close the details', title: 'Close (Esc)' }),
    ),
    h('h2', { class: 'title' }, foreign(cut(title, titleLength))),
    h(
      'dl',
      { class: 'pairs facts' },
      facts.map(([name, value]) => value !== undefined && h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
  )
}

function customerOf(store: Store, customerId: string): HTMLElement {
  const show = () => store.narrow({ customerId })
  const { name, email } = store.customers.get(customerId)?.traits ?? {}
  const whom = [name, email].filter((text) => text !== undefined).join(' · ')
  return h(
    'span',
    {},
    button(foreign(cut(customerId, titleLength)), show, { class: 'link', title: 'Show only this customer' }),
    whom !== '' && h('span', { class: 'hint' }, ' ', foreign(cut(whom, titleLength))),
  )
}

function categoryOf(store: Store, { category }: TrackedEvent): HTMLElement | undefined {
  if (category === undefined || category === '') return undefined
  const show = () => store.narrow({ category })
  return button(foreign(cut(category, titleLength)), show, { class: 'link', title: 'Show only this category' })
}

// The body below has them all.
const mostFields = 12

function propertyOf(property: Readonly<Record<string, unknown>>): HTMLElement | undefined {
  const { durationMs: _, ...others } = property
  const fields = Object.entries(durationIn(property) === undefined ? property : others)
  if (fields.length === 0) return undefined
  const shown = fields.slice(0, mostFields).map(([name, value]) => {
    const text = cut(valueText(value), titleLength)
    return h('div', {}, h('dt', {}, foreign(cut(name, titleLength))), h('dd', {}, foreign(text)))
  })
  const left = fields.length - shown.length
  const rest = left > 0 && h('p', { class: 'hint' }, `and ${count(left, 'more field')} in the body`)
  return h('div', {}, h('dl', { class: 'pairs property' }, shown), rest)
}

/** The attempts of an event, with the time between them. */
export function attemptsOf(store: Store, event: TrackedEvent, shown: Attempt): HTMLElement {
  const items = event.attempts.map((attempt, at) => {
    const before = event.attempts[at - 1]
    const wait = before === undefined ? '' : `+${durationOf(Date.parse(attempt.at) - Date.parse(before.at))}`
    const label = [
      h('span', { class: 'number' }, `${at + 1}`),
      outcome(attempt),
      faultTag(attempt),
      h('span', { class: 'when' }, h('span', { class: 'wait' }, wait), h('time', {}, timeOf(attempt.at))),
    ]
    return h(
      'li',
      {},
      button(label, () => store.choose(event.order, at), {
        class: 'attempt',
        'aria-current': attempt === shown ? 'true' : undefined,
      }),
    )
  })
  return h('section', {}, h('h3', {}, count(items.length, 'attempt')), h('ol', { class: 'attempts' }, items))
}
