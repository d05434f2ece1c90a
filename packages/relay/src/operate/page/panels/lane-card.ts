import { button, fill, h } from '@obsidianlaunch/page/dom'
import { plain } from '@obsidianlaunch/page/text'
import type { Lanes } from '../../wire.ts'
import { lengthOf, momentOf } from '../format/length.ts'
import type { Store } from '../store/store.ts'
import type { Deeds } from './deeds.ts'
import { pairs, showCard } from './parts.ts'

export type Lane = Lanes['lanes'][number]

/** Says when a lane is attempted again. */
export function stateOf({ isLent, dueInMs, attempts }: Lane, { state }: Store): string {
  if (isLent) return 'in flight'
  const { gate } = state?.status ?? {}
  if (gate !== undefined && gate.state !== 'open' && dueInMs <= (gate.opensInMs ?? 0)) return 'waits for the pause'
  if (dueInMs > 0) return `next in ${lengthOf(dueInMs)}`
  return attempts > 0 ? 'due again' : 'due'
}

/** A shared outbox counts the events of one customer so far, and no further. */
const countedFar = 1_000

/** Says how many events a customer has. */
export function amountOf({ pending }: Lane, { totals }: Lanes): string {
  return totals !== undefined && pending >= countedFar ? `${plain(pending)} or more` : plain(pending)
}

/** Changes when a lane has to be drawn again. */
export function stampOf(lane: Lane | undefined, store: Store, now: number): string {
  if (lane === undefined) return ''
  const { pending, oldestAt, attempts, lastFailure, environment } = lane
  return [pending, lengthOf(now - oldestAt), attempts, stateOf(lane, store), lastFailure, environment].join('|')
}

/** All that is known of the lane that is open, and what can be done. */
export function drawLaneCard(card: HTMLElement, store: Store, deeds: Deeds, now: number): void {
  const lane = store.openLane
  card.hidden = lane === undefined
  const stamp = lane === undefined ? '' : `${lane.customerId}|${stampOf(lane, store, now)}`
  if (card.dataset['stamp'] === stamp) return
  const isNew = card.dataset['of'] !== lane?.customerId
  const hadFocus = card.contains(document.activeElement)
  card.dataset['stamp'] = stamp
  card.dataset['of'] = lane?.customerId ?? ''
  if (lane === undefined) return fill(card)
  const { customerId, oldestAt, attempts, lastFailure, environment } = lane
  const facts = pairs([
    ['Customer', customerId],
    ['Environment', environment],
    ['Pending', amountOf(lane, store.lanes)],
    ['Oldest', `${momentOf(oldestAt)}, ${lengthOf(Math.max(0, now - oldestAt))} ago`],
    ['Attempts', plain(attempts)],
    ['Next', stateOf(lane, store).replace(/^next /, '')],
    ['Last failure', lastFailure ?? (attempts > 0 ? 'made before this process began, or too long ago' : undefined)],
  ])
  const deed = button('Forget customer …', () => void deeds.forget(customerId), { class: 'danger' })
  fill(
    card,
    facts,
    h(
      'div',
      { class: 'deeds' },
      deed,
      button('Close', () => store.openCustomer(undefined), { class: 'quiet' }),
    ),
  )
  if (hadFocus) deed.focus()
  if (isNew) showCard(card)
}
