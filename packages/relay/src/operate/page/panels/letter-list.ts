import { byId, fill, foreign, h } from '@obsidianlaunch/page/dom'
import { count, cut, plain } from '@obsidianlaunch/page/text'
import { WindowedList } from '@obsidianlaunch/page/windowed-list'
import type { Letter } from '../../wire.ts'
import { lengthOf } from '../format/length.ts'
import { unknownOf } from '../format/trouble.ts'
import type { Letters } from '../store/letters.ts'
import type { Store } from '../store/store.ts'
import type { Deeds } from './deeds.ts'
import { rowHeightOf } from './lane-list.ts'
import { drawLetterCard, reasonOf } from './letter-card.ts'
import { whose } from './parts.ts'

const textLength = 300
/** The number of rows before the end from which on more are loaded. */
const ahead = 40

/** The dead letters, the oldest first, those that were picked, and all that is known of the chosen one. */
export function createLetterList(
  store: Store,
  letters: Letters,
  deeds: Deeds,
): { list: WindowedList; update: () => void } {
  const element = byId('letter-list', HTMLElement)
  const card = byId('letter-card', HTMLElement)
  let places = new Map<string, number>()
  let drawn: readonly Letter[] | undefined
  const now = () => store.state?.at ?? Date.now()
  const list = new WindowedList({
    element,
    label: 'Dead letters, the oldest first',
    rowHeight: () => rowHeightOf(element),
    key: (at) => String(store.letters[at]?.id),
    find: (key) => places.get(key) ?? -1,
    stamp: (at) =>
      `${store.picked.has(store.letters[at]?.id ?? '')} ${lengthOf(now() - (store.letters[at]?.diedAt ?? 0))}`,
    draw: (row, at) => {
      const letter = store.letters[at]
      if (letter !== undefined) draw(row, letter, store, now())
    },
    onChoose: (at) => store.open(store.letters[at]?.id),
    onOpen: (by) => by === 'key' && card.querySelector('button')?.focus(),
  })
  // Before the list hears of the click, which would open the letter.
  element.addEventListener('click', (event) => pickBy(event, store), true)
  const loadAhead = () => {
    const last = list.above + element.clientHeight / rowHeightOf(element)
    if (element.clientHeight > 0 && last + ahead >= store.letters.length) letters.more()
  }
  element.addEventListener('scroll', loadAhead)
  byId('replay-all', HTMLButtonElement).addEventListener('click', () => void deeds.replayAll())
  byId('replay-picked', HTMLButtonElement).addEventListener('click', () => void deeds.replay([...store.picked]))
  const update = () => {
    if (drawn !== store.letters) {
      drawn = store.letters
      places = new Map(drawn.map(({ id }, at) => [id, at]))
    }
    drawHead(store)
    element.hidden = drawEmpty(store)
    list.update(store.letters.length, store.openLetter?.id)
    drawLetterCard(card, store, deeds)
    loadAhead()
  }
  return { list, update }
}

/** @returns whether there is nothing to list */
function drawEmpty({ letters, state, areLettersKnown, lanes }: Store): boolean {
  const empty = byId('letters-empty', HTMLElement)
  empty.hidden = letters.length > 0
  const { durable, state: opened } = state?.status.outbox ?? {}
  if (durable !== false)
    empty.textContent =
      areLettersKnown && opened === 'open' ? 'No event was given up.' : unknownOf(state, lanes.problem)
  else empty.textContent = 'Without a durable outbox there are no dead letters.'
  return letters.length === 0
}

function pickBy(event: Event, store: Store): void {
  const { target } = event
  const row = target instanceof Element && target.closest('.pick') !== null ? target.closest('.row') : null
  if (row === null) return
  event.stopPropagation()
  const letter = store.letters[Number(row.getAttribute('data-at'))]
  if (letter !== undefined) store.pick(letter.id)
}

function drawHead({ letters, hasMoreLetters, picked, dead, areLettersKnown }: Store): void {
  const all = plain(Math.max(letters.length, dead ?? 0))
  const loaded = hasMoreLetters ? `${plain(letters.length)} of ${all}` : plain(letters.length)
  byId('letters-count', HTMLElement).textContent = areLettersKnown && dead !== undefined ? loaded : '–'
  const chosen = byId('replay-picked', HTMLButtonElement)
  chosen.hidden = picked.size === 0
  chosen.textContent = `Replay ${plain(picked.size)}`
  byId('replay-all', HTMLButtonElement).hidden = letters.length === 0
}

function draw(row: HTMLElement, letter: Letter, { picked, hello }: Store, now: number): void {
  const { id, customerId, environment, operation, attempts, diedAt, detail } = letter
  row.setAttribute('aria-checked', String(picked.has(id)))
  fill(
    row,
    h('span', { class: 'pick', title: 'Choose (x)', 'aria-hidden': 'true' }, h('span', { class: 'box' })),
    whose(customerId, environment, hello?.environment),
    h('span', { class: 'amount' }, reasonOf(letter)),
    h(
      'span',
      { class: 'facts' },
      `${operation} · ${count(attempts, 'attempt')} · ${lengthOf(Math.max(0, now - diedAt))} ago`,
    ),
    foreign(cut(detail ?? '', textLength), { class: 'reason' }),
  )
}
