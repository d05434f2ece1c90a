import { foreign, h } from '@obsidianlaunch/page/dom'
import { cut } from '@obsidianlaunch/page/text'

const titleLength = 300

/** The customer of a row, with the environment where it is not the usual one. */
export function whose(customerId: string, environment: string, usual: string | undefined): HTMLElement {
  const isOther = usual !== undefined && environment !== usual
  const tag = isOther && h('span', { class: 'tag' }, environment)
  return h('span', { class: 'name' }, foreign(cut(customerId, titleLength), { class: 'title' }), tag)
}

/** Facts of a card: names and values, in lines. */
export function pairs(facts: readonly (readonly [name: string, value: string | undefined])[]): HTMLElement {
  const known = facts.filter(([, value]) => value !== undefined && value !== '')
  const lines = known.map(([name, value = '']) => h('div', {}, h('dt', {}, name), h('dd', {}, foreign(value))))
  return h('dl', { class: 'pairs' }, lines)
}

/** Brings a card into sight that was opened below the edge of a small screen. */
export function showCard(card: HTMLElement): void {
  requestAnimationFrame(() => card.scrollIntoView({ block: 'nearest' }))
}
