import { type SeenName, eventsType } from '../format/event-types.ts'
import { count, cut, plain } from '@obsidianlaunch/page/text'
import { type NearMiss, namesOf, nearMisses } from '../store/names.ts'
import type { Store } from '../store/store.ts'
import { copy } from '@obsidianlaunch/page/clipboard'
import { byId, button, fill, foreign, h } from '@obsidianlaunch/page/dom'

const nameLength = 120
// Enough to read, and few enough to be drawn at once.
const shown = 200

/** The dialog of the names of events: how often each was seen, which are perhaps slips, and their type for the SDK. */
export function createNamesPanel(store: Store): () => void {
  const dialog = byId('names', HTMLDialogElement)
  const body = byId('names-body', HTMLElement)
  const show = (name: string) => {
    dialog.close()
    store.narrow({ search: `event:"${name.replaceAll('"', '')}"` })
  }
  const open = () => {
    const names = namesOf(store.events)
    const misses = nearMisses(names)
    if (names.length === 0) fill(body, h('p', { class: 'hint' }, 'No event has been tracked yet.'))
    else fill(body, misses.length > 0 && nearMissesOf(misses, show), listOf(names, show), typeOf(names, misses))
    dialog.showModal()
    dialog.scrollTop = 0
  }
  byId('names-open', HTMLButtonElement).addEventListener('click', open)
  return open
}

function nearMissesOf(misses: readonly NearMiss[], show: (name: string) => void): HTMLElement {
  const items = misses
    .slice(0, shown)
    .map(({ rare, usual }) =>
      h('li', {}, nameButton(rare, show), h('span', { class: 'or' }, 'or'), nameButton(usual, show)),
    )
  return h(
    'section',
    { class: 'misses' },
    h('h3', {}, `${count(misses.length, 'pair')} of names that are perhaps one`),
    h('ul', {}, items),
  )
}

function listOf(names: readonly SeenName[], show: (name: string) => void): HTMLElement {
  const items = names.slice(0, shown).map((seen) => h('li', {}, nameButton(seen, show)))
  return h(
    'section',
    {},
    h('h3', {}, count(names.length, 'name')),
    h('ul', { class: 'seen' }, items),
    names.length > shown && h('p', { class: 'hint' }, `The ${shown} most frequent are shown.`),
  )
}

function nameButton({ name, count: amount }: SeenName, show: (name: string) => void): HTMLElement {
  return h(
    'span',
    { class: 'counted' },
    button(foreign(cut(name, nameLength)), () => show(name), { class: 'link', title: 'Show these events' }),
    h('span', { class: 'amount' }, h('span', { 'aria-hidden': 'true' }, `×${plain(amount)}`), unseen(amount)),
  )
}

function unseen(amount: number): HTMLElement {
  return h('span', { class: 'unseen' }, count(amount, 'time'))
}

function typeOf(names: readonly SeenName[], misses: readonly NearMiss[]): HTMLElement {
  const nearTo = new Map(misses.map(({ rare, usual }) => [rare.name, usual.name]))
  const type = eventsType(names.slice(0, shown), nearTo)
  return h(
    'section',
    {},
    h(
      'div',
      { class: 'part-head' },
      h('h3', {}, 'As a type for the SDK'),
      button('Copy', () => void copy(type, 'the type'), { 'aria-label': 'Copy the type' }),
    ),
    h('pre', { class: 'code', tabindex: 0 }, type),
  )
}
