import { button, fill, h } from '@obsidianlaunch/page/dom'
import { count } from '@obsidianlaunch/page/text'
import type { Letter } from '../../wire.ts'
import { momentOf } from '../format/length.ts'
import type { Store } from '../store/store.ts'
import type { Deeds } from './deeds.ts'
import { pairs, showCard } from './parts.ts'

/** The reason of a death in a few words. */
export function reasonOf({ reason, status }: Letter): string {
  if (reason === 'expired') return 'too old'
  return status === undefined ? 'refused' : `${status} refused`
}

/** All that is known of the letter that is open, and what can be done. */
export function drawLetterCard(card: HTMLElement, store: Store, deeds: Deeds): void {
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
  showCard(card)
}
