import { byId, fill, foreign, h } from '@obsidianlaunch/page/dom'
import { count, cut, plain } from '@obsidianlaunch/page/text'
import { WindowedList } from '@obsidianlaunch/page/windowed-list'
import type { Lanes } from '../../wire.ts'
import { lengthOf } from '../format/length.ts'
import { unknownOf } from '../format/trouble.ts'
import type { Store } from '../store/store.ts'
import type { Deeds } from './deeds.ts'
import { amountOf, drawLaneCard, type Lane, stampOf, stateOf } from './lane-card.ts'
import { whose } from './parts.ts'

/** Widths from which on the reason has space beside the facts, and the heights of rows: the same stand in the styles. */
const wide = 860
const heights = { wide: 58, narrow: 79 }
const textLength = 300

/** The height of the rows of a list, which is that of its width. */
export function rowHeightOf(list: HTMLElement): number {
  return list.clientWidth >= wide ? heights.wide : heights.narrow
}

/** The customers with pending events, the one with the oldest first, and what is known of the chosen one. */
export function createLaneList(
  store: Store,
  deeds: Deeds,
  widen: () => void,
): { list: WindowedList; update: () => void } {
  const card = byId('lane-card', HTMLElement)
  const more = byId('more-lanes', HTMLButtonElement)
  const empty = byId('lanes-empty', HTMLElement)
  const element = byId('lane-list', HTMLElement)
  let lanes: readonly Lane[] = []
  let places = new Map<string, number>()
  const now = () => store.state?.at ?? Date.now()
  const list = new WindowedList({
    element,
    label: 'Waiting customers, the oldest event first',
    rowHeight: () => rowHeightOf(element),
    key: (at) => `=${lanes[at]?.customerId}`,
    find: (key) => places.get(key.slice(1)) ?? -1,
    stamp: (at) => stampOf(lanes[at], store, now()),
    draw: (row, at) => {
      const lane = lanes[at]
      if (lane !== undefined) draw(row, lane, store, now())
    },
    onChoose: (at) => store.openCustomer(lanes[at]?.customerId),
    onOpen: (by) => by === 'key' && card.querySelector('button')?.focus(),
  })
  more.addEventListener('click', widen)
  let drawn: Lanes | undefined
  const update = () => {
    const { lanes: found, areCut, problem } = store.lanes
    if (drawn !== store.lanes) {
      drawn = store.lanes
      lanes = found
      places = new Map(found.map(({ customerId }, at) => [customerId, at]))
    }
    byId('lanes-count', HTMLElement).textContent = countOf(store)
    more.hidden = !areCut
    element.hidden = found.length === 0
    empty.hidden = found.length > 0
    empty.textContent = store.areLanesKnown ? 'Nothing waits.' : unknownOf(store.state, problem)
    list.update(found.length, store.openLane === undefined ? undefined : `=${store.lane}`)
    drawLaneCard(card, store, deeds, now())
  }
  return { list, update }
}

function countOf({ lanes: { lanes, areCut }, areLanesKnown }: Store): string {
  if (!areLanesKnown) return ''
  return areCut ? `the oldest ${plain(lanes.length)} customers` : count(lanes.length, 'customer')
}

function draw(row: HTMLElement, lane: Lane, store: Store, now: number): void {
  const { customerId, oldestAt, attempts, lastFailure } = lane
  fill(
    row,
    whose(customerId, lane.environment, store.hello?.environment),
    h('span', { class: 'amount' }, `${amountOf(lane, store.lanes)} pending`),
    h(
      'span',
      { class: 'facts' },
      `${lengthOf(Math.max(0, now - oldestAt))} old · `,
      attempts > 0 && `${count(attempts, 'attempt')} · `,
      stateOf(lane, store),
    ),
    foreign(cut(lastFailure ?? '', textLength), { class: 'reason' }),
  )
}
