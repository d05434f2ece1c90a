import { byId, button, fill, foreign, h } from '@obsidianlaunch/page/dom'
import { count, cut, plain } from '@obsidianlaunch/page/text'
import { WindowedList } from '@obsidianlaunch/page/windowed-list'
import type { Letter } from '../../wire.ts'
import { lengthOf, momentOf } from '../format/length.ts'
import type { Letters } from '../store/letters.ts'
import type { Store } from '../store/store.ts'
import type { Deeds } from './deeds.ts'
import { rowHeight } from './lane-list.ts'
import { pairs, whose } from './parts.ts'

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
    rowHeight: () => rowHeight,
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
  element.addEventListener('scroll', () => {
    if (list.above + element.clientHeight / rowHeight + ahead >= store.letters.length) letters.more()
  })
  byId('replay-all', HTMLButtonElement).addEventListener('click', () => void deeds.replayAll())
  byId('replay-picked', HTMLButtonElement).addEventListener('click', () => void deeds.replay([...store.picked]))
  const update = () => {
    if (drawn !== store.letters) {
      drawn = store.letters
      places = new Map(drawn.map(({ id }, at) => [id, at]))
    }
    drawHead(store)
    const isEmpty = store.letters.length === 0
    element.hidden = isEmpty
    byId('letters-empty', HTMLElement).hidden = !isEmpty
    byId('letters-empty', HTMLElement).textContent =
      store.state === undefined ? '' : emptyText(store.state.status.outbox.durable)
    list.update(store.letters.length, store.openLetter?.id)
    drawCard(card, store, deeds)
  }
  return { list, update }
}

function emptyText(isDurable: boolean): string {
  return isDurable ? 'No event was given up.' : 'Without a durable outbox there are no dead letters.'
}

function pickBy(event: Event, store: Store): void {
  const { target } = event
  const row = target instanceof Element && target.closest('.pick') !== null ? target.closest('.row') : null
  if (row === null) return
  event.stopPropagation()
  const letter = store.letters[Number(row.getAttribute('data-at'))]
  if (letter !== undefined) store.pick(letter.id)
}

function drawHead({ letters, hasMoreLetters, picked, state }: Store): void {
  const dead = Math.max(letters.length, state?.stats.dead ?? 0)
  byId('letters-count', HTMLElement).textContent = hasMoreLetters
    ? `${plain(letters.length)} of ${plain(dead)}`
    : plain(letters.length)
  const chosen = byId('replay-picked', HTMLButtonElement)
  chosen.hidden = picked.size === 0
  chosen.textContent = `Replay ${plain(picked.size)} chosen`
  byId('replay-all', HTMLButtonElement).hidden = letters.length === 0
}

function reasonOf({ reason, status }: Letter): string {
  if (reason === 'expired') return 'too old'
  return status === undefined ? 'refused' : `${status} refused`
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

function drawCard(card: HTMLElement, store: Store, deeds: Deeds): void {
  const letter = store.openLetter
  card.hidden = letter === undefined
  if (card.dataset['stamp'] === (letter?.id ?? '')) return
  const hadFocus = card.contains(document.activeElement)
  card.dataset['stamp'] = letter?.id ?? ''
  if (letter === undefined) return fill(card)
  const { id, customerId, environment, operation, eventId, attempts, acceptedAt, diedAt, detail } = letter
  const facts = pairs([
    ['Customer', customerId],
    ['Event', `${operation}, id ${eventId}`],
    ['Environment', environment],
    ['Reason', `${reasonOf(letter)}, after ${count(attempts, 'attempt')}`],
    ['Answer', detail],
    ['Accepted', momentOf(acceptedAt)],
    ['Died', momentOf(diedAt)],
  ])
  const deed = button('Replay', () => void deeds.replay([id]), { class: 'primary' })
  const others = [
    button('Forget customer …', () => void deeds.forget(customerId), { class: 'danger' }),
    button('Close', () => store.open(undefined), { class: 'quiet' }),
  ]
  fill(card, facts, h('div', { class: 'deeds' }, deed, ...others))
  if (hadFocus) deed.focus()
}
