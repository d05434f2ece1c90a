import { reasonOf } from '../../../recording/reason.ts'
import { count, cut, durationOf, timeOf } from '@obsidianlaunch/page/text'
import type { PropertyLine } from '../format/property.ts'
import { type Attempt, type TrackedEvent, lastAttempt } from '../store/event.ts'
import { type Store, placeFrom, placeOf } from '../store/store.ts'
import { byId, foreign, fill, h } from '@obsidianlaunch/page/dom'
import { WindowedList } from '@obsidianlaunch/page/windowed-list'
import { categoryTag, faultTag, identifyTag, outcome, productionTag } from './outcome-tags.ts'

// From this width of the pane on a row is one line; the style sheet has the same numbers.
const wide = 900
const oneLine = 36
const twoLines = 58
const titleLength = 200
// Long enough to be seen by somebody who looks up from another window.
const freshMs = 4000

/** The events, newest first. */
export function createEventList(
  store: Store,
  open: (by: 'key' | 'click') => void,
): { list: WindowedList; update: () => void } {
  const pane = byId('events', HTMLElement)
  const element = byId('event-list', HTMLElement)
  const heads = byId('heads', HTMLElement)
  const newer = byId('newer', HTMLButtonElement)
  const eventAt = (at: number) => store.visible[store.visible.length - 1 - at]
  const list = new WindowedList({
    element,
    label: 'Events, newest first',
    rowHeight: () => (pane.clientWidth >= wide ? oneLine : twoLines),
    key: (at) => String(eventAt(at)?.order),
    find: (key) => {
      const place = placeOf(store.visible, Number(key))
      return place < 0 ? -1 : store.visible.length - 1 - place
    },
    stamp: (at) => stampOf(store, eventAt(at)),
    draw: (row, at) => {
      const event = eventAt(at)
      if (event !== undefined) draw(row, event, store)
    },
    onChoose: (at) => store.choose(eventAt(at)?.order),
    onOpen: open,
  })
  newer.addEventListener('click', () => list.toTop())
  /** Order of the newest event that was there when the list was last at its top. */
  let seen = Infinity
  let revealed: number | undefined
  const update = () => {
    const { visible } = store
    element.hidden = visible.length === 0
    heads.hidden = visible.length === 0
    list.update(visible.length, store.chosen === undefined ? undefined : String(store.chosen))
    // A link opens an event that is perhaps far down.
    if (store.chosen !== revealed) list.reveal()
    revealed = store.chosen
    const newest = store.events.at(-1)?.order ?? -1
    if (list.above === 0 && element.clientHeight > 0) seen = newest
    const unseen = visible.length - placeFrom(visible, seen + 1)
    newer.hidden = unseen === 0
    newer.textContent = `${count(unseen, 'newer event')} ↑`
  }
  element.addEventListener('scroll', update)
  return { list, update }
}

function stampOf(store: Store, event: TrackedEvent | undefined): string {
  const { attempts = [], customerId } = event ?? {}
  const customer = store.customers.get(customerId ?? '')?.traits?.name
  return [attempts[0]?.run, attempts[0]?.seq, attempts.length, isFirstOfRun(store, event), customer].join(' ')
}

function draw(row: HTMLElement, event: TrackedEvent, store: Store): void {
  const { title, customerId, attempts, arrivedAt, property } = event
  const last = lastAttempt(event)
  const whom = store.customers.get(customerId ?? '')?.traits?.name
  const isRestart = isFirstOfRun(store, event)
  row.toggleAttribute('data-restart', isRestart)
  const reason = reasonIn(last)
  fill(
    row,
    outcome(last),
    h(
      'span',
      { class: 'what' },
      h(
        'span',
        { class: 'name' },
        foreign(cut(title, titleLength), { class: 'title' }),
        attempts.length > 1 && attemptsBadge(attempts.length),
      ),
      h(
        'span',
        { class: 'notes' },
        identifyTag(event),
        productionTag(event),
        categoryTag(event),
        faultTag(last),
        reason !== undefined && foreign(cut(reason, titleLength), { class: 'reason' }),
        property !== undefined && propertyOf(property),
      ),
    ),
    h(
      'span',
      { class: 'by' },
      foreign(cut(customerId ?? '', titleLength), { class: 'customer' }),
      whom !== undefined && whom !== title && foreign(cut(whom, titleLength), { class: 'whom' }),
    ),
    h('span', { class: 'took' }, durationOf(last.durationMs)),
    timeIn(last),
    isRestart && h('span', { class: 'restarted' }, 'the mock was started again'),
  )
  const age = arrivedAt === undefined ? Infinity : Date.now() - arrivedAt
  if (age < freshMs)
    row.animate({ backgroundColor: ['var(--tint)', 'transparent'] }, { duration: freshMs, delay: -age })
}

/** The property of an event, and the duration of the call for which it stands. */
function propertyOf({ words, durationMs }: PropertyLine): HTMLElement {
  return h(
    'span',
    { class: 'property' },
    words !== '' && foreign(cut(words, titleLength), { class: 'words' }),
    durationMs !== undefined &&
      h('span', { class: 'lasted' }, h('span', { class: 'kind' }, 'in '), durationOf(durationMs)),
  )
}

function attemptsBadge(amount: number): HTMLElement {
  return h(
    'span',
    { class: 'badge' },
    h('span', { 'aria-hidden': 'true' }, `×${amount}`),
    h('span', { class: 'unseen' }, `${amount} attempts`),
  )
}

/** The first reason for which the exchange is in violation, and the number of the others. */
function reasonIn({ violations, answer }: Attempt): string | undefined {
  const reasons = [...violations.map(reasonOf), ...answer.violations.map((one) => `answer: ${reasonOf(one)}`)]
  const [first] = reasons
  return reasons.length > 1 ? `${first}, and ${reasons.length - 1} more` : first
}

/** The time, whose milliseconds a narrow row leaves out. */
function timeIn({ at }: Attempt): HTMLElement {
  const text = timeOf(at)
  return h('time', { datetime: at }, text.slice(0, 8), h('span', { class: 'fraction' }, text.slice(8)))
}

/** Tells an event before which the server was started anew. */
function isFirstOfRun(store: Store, event: TrackedEvent | undefined): boolean {
  if (event === undefined) return false
  const before = store.events[placeOf(store.events, event.order) - 1]
  return before !== undefined && before.attempts[0]?.run !== event.attempts[0]?.run
}
