import { curlOf } from '../format/curl.ts'
import { count, cut, durationOf, timeOf } from '../format/text.ts'
import { reasonOf } from '../format/violation-notes.ts'
import { type Attempt, type TrackedEvent, lastAttempt } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import { copy } from '../widgets/clipboard.ts'
import { byId, button, foreign, h } from '../widgets/dom.ts'
import { type SegmentedControl, createSegmentedControl } from '../widgets/segmented-control.ts'
import { headersTable, prettyBody, rawBody } from './body-view.ts'
import { faultTag, outcome, productionTag } from './outcome-tags.ts'

const titleLength = 300
const views = ['Pretty', 'Raw', 'Headers'] as const

export interface Detail {
  update: () => void
  copyCurl: () => void
}

/** One event in full: its attempts, what is wrong, the request and the answer. */
export function createEventDetail(store: Store, back: () => void): Detail {
  const none = byId('detail-none', HTMLElement)
  const body = byId('detail-body', HTMLElement)
  const request = createSegmentedControl('Request', views, () => redraw())
  const answer = createSegmentedControl('Answer', views, () => redraw())
  let drawn = ''
  const shown = () => {
    const event = store.chosenEvent
    return event === undefined
      ? undefined
      : { event, attempt: event.attempts[store.attempt ?? -1] ?? lastAttempt(event) }
  }
  const update = () => {
    const now = shown()
    none.hidden = now !== undefined
    body.hidden = now === undefined
    const stamp = now === undefined ? '' : `${now.event.order} ${now.event.attempts.length} ${store.attempt}`
    if (stamp !== drawn) redraw()
    drawn = stamp
  }
  const redraw = () => {
    const now = shown()
    if (now === undefined) return body.replaceChildren()
    const { event, attempt } = now
    const hadFocus = attemptFocused(body)
    body.replaceChildren(
      head(store, event, attempt, back),
      event.attempts.length > 1 ? attemptsOf(store, event, attempt) : '',
      wrongs(attempt),
      part(
        'Request',
        request,
        requestOf(attempt, request.value),
        h('code', {}, attempt.method, ' ', foreign(cut(attempt.path, titleLength))),
      ),
      part('Answer', answer, answerOf(attempt, answer.value), outcome(attempt)),
    )
    if (hadFocus) body.querySelector<HTMLElement>('.attempt[aria-current]')?.focus()
  }
  return {
    update,
    copyCurl: () => {
      const now = shown()
      if (now !== undefined) void copy(curlOf(now.attempt, location.origin), 'the request as curl')
    },
  }
}

function attemptFocused(body: HTMLElement): boolean {
  return document.activeElement?.matches('.attempt') === true && body.contains(document.activeElement)
}

function head(store: Store, event: TrackedEvent, attempt: Attempt, back: () => void): HTMLElement {
  const { customerId, operation, idempotencyKey } = event
  const facts: [string, Node | string | undefined][] = [
    ['Customer', customerId === undefined ? undefined : customerButton(store, customerId)],
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
      button('← Events', back, { class: 'back' }),
      outcome(attempt),
      productionTag(event),
      faultTag(attempt),
    ),
    h('h2', { class: 'title' }, foreign(cut(event.title, titleLength))),
    h(
      'dl',
      { class: 'pairs facts' },
      facts.map(([name, value]) => value !== undefined && h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
    h(
      'div',
      { class: 'buttons' },
      button('Copy as curl', () => void copy(curlOf(attempt, location.origin), 'the request as curl'), {
        id: 'copy-curl',
      }),
      button('Copy body', () => void copy(attempt.text, 'the body')),
    ),
  )
}

function customerButton(store: Store, customerId: string): HTMLElement {
  const show = () => store.narrow({ customerId })
  return button(foreign(cut(customerId, titleLength)), show, { class: 'link', title: 'Show only this customer' })
}

function attemptsOf(store: Store, event: TrackedEvent, shown: Attempt): HTMLElement {
  const items = event.attempts.map((attempt, at) => {
    const before = event.attempts[at - 1]
    const wait = before === undefined ? '' : `+${durationOf(Date.parse(attempt.at) - Date.parse(before.at))}`
    const label = [
      h('span', { class: 'number' }, `${at + 1}`),
      outcome(attempt),
      faultTag(attempt),
      h('span', { class: 'wait' }, wait),
      h('time', {}, timeOf(attempt.at)),
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

function wrongs({ violations, answer }: Attempt): HTMLElement | string {
  const all = [
    ...violations,
    ...answer.violations.map((violation) => ({ ...violation, location: `answer's ${violation.location}` })),
  ]
  if (all.length === 0) return ''
  const items = all.map(({ location, path, message }) =>
    h(
      'li',
      {},
      h('span', { class: 'shape' }),
      h(
        'span',
        { class: 'where' },
        location,
        path === '' ? '' : ' ',
        foreign(cut(path, titleLength), { class: 'mono' }),
      ),
      ' ',
      foreign(cut(reasonOf(message, path), titleLength)),
    ),
  )
  return h('section', { class: 'wrongs' }, h('h3', {}, count(all.length, 'violation')), h('ul', {}, items))
}

function part(title: string, segments: SegmentedControl, content: HTMLElement, note: HTMLElement): HTMLElement {
  return h(
    'section',
    { class: 'part' },
    h('div', { class: 'part-head' }, h('h3', {}, title), note, segments.element),
    content,
  )
}

function requestOf({ text, headers, violations }: Attempt, view: string): HTMLElement {
  if (view === 'Headers') return headersTable(headers, violations)
  return view === 'Raw' || text === '' ? rawBody(text) : prettyBody(text, violations)
}

function answerOf({ answer }: Attempt, view: string): HTMLElement {
  if (answer.status === 0) return h('p', { class: 'hint' }, 'The caller got no answer.')
  if (view === 'Headers') return headersTable(answer.headers, answer.violations)
  return view === 'Raw' || answer.text === '' ? rawBody(answer.text) : prettyBody(answer.text, answer.violations)
}
