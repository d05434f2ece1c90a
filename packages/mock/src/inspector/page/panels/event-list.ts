import { count, cut, timeOf } from '../format/text.ts'
import { type TrackedEvent, lastAttempt } from '../store/event.ts'
import { type Store, placeOf } from '../store/store.ts'
import { byId, foreign, fill, h } from '../widgets/dom.ts'
import { WindowedList } from '../widgets/windowed-list.ts'
import { faultTag, outcome, productionTag } from './outcome-tags.ts'

// From this width on a row is one line; the style sheet has the same number.
const wide = 600
const titleLength = 200

/** The events, newest first. */
export function createEventList(
  store: Store,
  open: (by: 'key' | 'click') => void,
): { list: WindowedList; update: () => void } {
  const element = byId('event-list', HTMLElement)
  const newer = byId('newer', HTMLButtonElement)
  const eventAt = (at: number) => store.visible[store.visible.length - 1 - at]
  const list = new WindowedList({
    element,
    label: 'Events, newest first',
    rowHeight: () => (element.clientWidth >= wide ? 38 : 60),
    key: (at) => String(eventAt(at)?.order),
    find: (key) => {
      const place = placeOf(store.visible, Number(key))
      return place < 0 ? -1 : store.visible.length - 1 - place
    },
    stamp: (at) => `${eventAt(at)?.attempts.length} ${isFirstOfRun(store, eventAt(at))}`,
    draw: (row, at) => {
      const event = eventAt(at)
      if (event !== undefined) draw(row, event, isFirstOfRun(store, event))
    },
    onChoose: (at) => store.choose(eventAt(at)?.order),
    onOpen: open,
  })
  newer.addEventListener('click', () => list.toTop())
  let top: number | undefined
  const update = () => {
    element.hidden = store.visible.length === 0
    list.update(store.visible.length, store.chosen === undefined ? undefined : String(store.chosen))
    const newest = store.visible.at(-1)?.order
    if (list.above === 0) top = newest
    const above = newest === top || list.above === 0 ? 0 : list.above
    newer.hidden = above === 0
    newer.textContent = `${count(above, 'newer event')} ↑`
  }
  element.addEventListener('scroll', update)
  return { list, update }
}

function draw(row: HTMLElement, event: TrackedEvent, isRestart: boolean): void {
  const { title, customerId, operation = 'no operation', attempts } = event
  const last = lastAttempt(event)
  row.toggleAttribute('data-restart', isRestart)
  fill(
    row,
    outcome(last),
    h(
      'span',
      { class: 'what' },
      foreign(cut(title, titleLength), { class: 'title' }),
      productionTag(event),
      faultTag(last),
    ),
    h('span', { class: 'operation' }, operation),
    foreign(cut(customerId ?? '', titleLength), { class: 'customer' }),
    h('span', { class: 'attempts' }, attempts.length > 1 ? count(attempts.length, 'attempt') : ''),
    h('time', { datetime: last.at }, timeOf(last.at)),
    isRestart && h('span', { class: 'restarted' }, 'the mock was started again'),
  )
}

/** Tells an event before which the server was started anew. */
function isFirstOfRun(store: Store, event: TrackedEvent | undefined): boolean {
  if (event === undefined) return false
  const before = store.events[placeOf(store.events, event.order) - 1]
  return before !== undefined && before.attempts[0]?.run !== event.attempts[0]?.run
}
