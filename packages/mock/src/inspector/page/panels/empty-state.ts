import { curlSnippet, typescriptSnippet } from '../format/snippets.ts'
import { count } from '@obsidianlaunch/page/text'
import { sendTestEvent } from '../store/api.ts'
import { everything } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { copy } from '@obsidianlaunch/page/clipboard'
import { byId, button, fill, h } from '@obsidianlaunch/page/dom'
import type { Clearing } from './clearing.ts'

/** Text in place of an empty list: how to send the first event, or why none is shown. */
export function createEmptyState(store: Store, clearing: Clearing): () => void {
  const empty = byId('empty', HTMLElement)
  let drawn: string | undefined
  return () => {
    empty.hidden = store.visible.length > 0
    document.documentElement.toggleAttribute('data-empty', store.events.length === 0)
    const path = store.operations.find(({ id }) => id === 'trackEvent')?.path
    const stamp = empty.hidden
      ? undefined
      : store.events.length > 0
        ? 'filtered'
        : `${path} ${store.cleared} ${clearing.isFromBefore()}`
    if (stamp !== drawn && stamp !== undefined) {
      fill(empty, ...(stamp === 'filtered' ? filtered(store) : [...cleared(store, clearing), ...first(path)]))
    }
    drawn = stamp
  }
}

function cleared({ cleared: amount }: Store, { isFromBefore, restore }: Clearing): HTMLElement[] {
  if (amount === 0 && !isFromBefore()) return []
  const what = amount === 0 ? 'This page was' : `${count(amount, 'event')} ${amount === 1 ? 'was' : 'were'}`
  const words = `${what} cleared; the mock still has what it had. `
  return [h('p', { class: 'undo' }, words, button('Bring back', restore))]
}

function first(path: string | undefined): HTMLElement[] {
  return [
    h('h2', {}, h('span', { class: 'pulse' }), 'Waiting for the first event'),
    h('p', {}, 'Send one to this mock, and it appears here at once.'),
    ...(path === undefined
      ? []
      : [
          h(
            'p',
            {},
            button('Send a test event', () => void sendTestEvent(path), { class: 'primary' }),
          ),
        ]),
    snippet('In a terminal', curlSnippet(location.origin), 'the command'),
    snippet('In TypeScript', typescriptSnippet(location.origin), 'the code'),
    h('p', { class: 'hint' }, 'Any token passes. Requests are checked against the OpenAPI document.'),
  ]
}

function snippet(title: string, text: string, what: string): HTMLElement {
  return h(
    'div',
    { class: 'snippet' },
    h(
      'div',
      { class: 'part-head' },
      h('h3', {}, title),
      button('Copy', () => void copy(text, what), { 'aria-label': `Copy ${what}` }),
    ),
    h('pre', { class: 'code', tabindex: 0 }, text),
  )
}

function filtered(store: Store): HTMLElement[] {
  return [
    h('h2', {}, 'No event matches'),
    h('p', {}, `${count(store.events.length, 'event')} arrived, and the filter lets none of them through.`),
    button('Clear filters', () => store.narrow(everything), { class: 'primary' }),
  ]
}
