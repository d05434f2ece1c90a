import { reasonOf } from '../../../recording/reason.ts'
import { curlOf } from '../format/curl.ts'
import { count, cut } from '@obsidianlaunch/page/text'
import { type Attempt, lastAttempt } from '../store/event.ts'
import { wordsOf } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { copy } from '@obsidianlaunch/page/clipboard'
import { byId, button, foreign, h } from '@obsidianlaunch/page/dom'
import { type SegmentedControl, createSegmentedControl } from '@obsidianlaunch/page/segmented-control'
import { headersTable, prettyBody, rawBody } from './body-view.ts'
import { eventActions } from './event-actions.ts'
import { attemptsOf, eventHead, titleLength } from './event-head.ts'
import { outcome } from './outcome-tags.ts'

const views = ['Pretty', 'Raw', 'Headers'] as const

export interface Detail {
  update: () => void
  copyCurl: () => void
}

/** @param backToList puts the focus on the list, which the details had until they were closed
 */
export function createEventDetail(store: Store, close: () => void, backToList: () => void): Detail {
  const pane = byId('detail', HTMLElement)
  const list = byId('event-list', HTMLElement)
  const request = createSegmentedControl('Request', views, () => redraw())
  const answer = createSegmentedControl('Answer', views, () => redraw())
  let drawn = ''
  const shown = () => shownIn(store)
  const update = () => {
    const now = shown()
    const wasClosed = pane.hidden
    const hadFocus = pane.contains(document.activeElement)
    const listHadFocus = list.contains(document.activeElement)
    pane.hidden = now === undefined && store.wanted === undefined
    document.documentElement.toggleAttribute('data-detail', !pane.hidden)
    const stamp =
      now === undefined ? `${store.wanted}` : `${now.event.order} ${now.event.attempts.length} ${store.attempt}`
    if (stamp === drawn) return
    drawn = stamp
    if (pane.hidden && hadFocus) queueMicrotask(backToList)
    redraw()
    pane.scrollTop = 0
    // On a narrow screen the list is gone by now, and the focus with it.
    if (wasClosed && listHadFocus && list.offsetParent === null) pane.focus()
  }
  const redraw = () => {
    const now = shown()
    if (now === undefined) return pane.replaceChildren(...(store.wanted === undefined ? [] : absent(close)))
    const { event, attempt } = now
    const focused = focusedIn(pane)
    const words = wordsOf(store.filter)
    const path = h('code', {}, attempt.method, ' ', foreign(cut(attempt.path, titleLength)))
    pane.replaceChildren(
      eventHead(store, event, attempt, close),
      wrongs(attempt),
      eventActions(event, attempt),
      event.attempts.length > 1 ? attemptsOf(store, event, attempt) : '',
      part('Request', request, requestOf(attempt, request.value, words), path),
      part('Answer', answer, answerOf(attempt, answer.value, words), outcome(attempt)),
    )
    if (focused !== undefined) pane.querySelector<HTMLElement>(focused)?.focus()
  }
  return {
    update,
    copyCurl: () => {
      const now = shown()
      if (now !== undefined) void copy(curlOf(now.attempt, location.origin), 'the request as curl')
    },
  }
}

/** The event that is open, and its attempt that is shown. */
function shownIn({ chosenEvent: event, attempt }: Store) {
  return event === undefined ? undefined : { event, attempt: event.attempts[attempt ?? -1] ?? lastAttempt(event) }
}

/** Selector of what has the focus in the pane and comes back when it is drawn anew. */
function focusedIn(pane: HTMLElement): string | undefined {
  const focused = document.activeElement
  if (focused === null || !pane.contains(focused)) return undefined
  if (focused.matches('.attempt')) return '.attempt[aria-current]'
  const label = focused.getAttribute('aria-label')
  return label === null ? undefined : `button[aria-label="${CSS.escape(label)}"]`
}

function absent(close: () => void): HTMLElement[] {
  return [
    h('h2', { class: 'title' }, 'This event is not here'),
    h('p', {}, 'The mock does not have it: it was started again, has let it go, or this page was cleared.'),
    h('p', {}, button('Close', close, { class: 'primary' })),
  ]
}

function wrongs({ violations, answer }: Attempt): HTMLElement | string {
  const all = [
    ...violations.map((violation) => ({ violation, side: '' })),
    ...answer.violations.map((violation) => ({ violation, side: "answer's " })),
  ]
  if (all.length === 0) return ''
  const items = all.map(({ violation, side }) =>
    h(
      'li',
      {},
      h('span', { class: 'shape' }),
      h('span', { class: 'where' }, side, violation.location),
      ' ',
      foreign(cut(reasonOf(violation), titleLength)),
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

function requestOf({ text, headers, violations }: Attempt, view: string, words: readonly string[]): HTMLElement {
  if (view === 'Headers') return headersTable(headers, violations)
  return view === 'Raw' || text === '' ? rawBody(text) : prettyBody(text, violations, words)
}

function answerOf({ answer }: Attempt, view: string, words: readonly string[]): HTMLElement {
  if (answer.status === 0) return h('p', { class: 'hint' }, 'The caller got no answer.')
  if (view === 'Headers') return headersTable(answer.headers, answer.violations)
  return view === 'Raw' || answer.text === '' ? rawBody(answer.text) : prettyBody(answer.text, answer.violations, words)
}
