import { curlSnippet, typescriptSnippet } from '../format/snippets.ts'
import { count } from '../format/text.ts'
import { everything } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { copy } from '../widgets/clipboard.ts'
import { byId, button, h } from '../widgets/dom.ts'

/** Text in place of an empty list: how to send the first event, or why none is shown. */
export function createEmptyState(store: Store): () => void {
  const empty = byId('empty', HTMLElement)
  let drawn: string | undefined
  return () => {
    empty.hidden = store.visible.length > 0
    document.documentElement.toggleAttribute('data-empty', store.events.length === 0)
    const stamp = empty.hidden ? undefined : store.events.length > 0 ? 'filtered' : 'first'
    if (stamp !== drawn && stamp !== undefined) {
      empty.replaceChildren(...(stamp === 'first' ? first() : filtered(store)))
    }
    drawn = stamp
  }
}

function first(): HTMLElement[] {
  return [
    h('h2', {}, h('span', { class: 'pulse' }), 'Waiting for the first event'),
    h('p', {}, 'Send one to this mock, and it appears here at once.'),
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
