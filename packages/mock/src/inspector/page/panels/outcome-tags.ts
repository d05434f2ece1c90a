import { cut, inOneLine } from '@obsidianlaunch/page/text'
import { type Attempt, outcomeOf, type TrackedEvent } from '../store/event.ts'
import { foreign, h } from '@obsidianlaunch/page/dom'

/** Outcome of an attempt: a shape, the status and a word, so that it can be told without colours. */
export function outcome(attempt: Attempt): HTMLElement {
  const word = outcomeOf(attempt)
  const { status } = attempt.answer
  return h(
    'span',
    { class: 'outcome', 'data-outcome': word.replace(' ', '-') },
    h('span', { class: 'shape' }),
    status > 0 && h('span', { class: 'status' }, String(status)),
    ' ',
    h('span', { class: 'word' }, word),
  )
}

export function faultTag({ fault }: Attempt): HTMLElement | undefined {
  return fault === undefined
    ? undefined
    : h('span', { class: 'tag fault', title: `Fault: ${fault}` }, h('span', { class: 'kind' }, 'fault: '), fault)
}

/** Marks an event of production. The environment of the guides, whose paths end in `/test`, needs no mark. */
export function productionTag({ operation, attempts }: TrackedEvent): HTMLElement | undefined {
  const isProduction = operation !== undefined && !/\/test(?:\?|$)/.test(attempts[0]?.path ?? '')
  return isProduction ? h('span', { class: 'tag production' }, 'production') : undefined
}

/** Marks an identify, whose title is the name of somebody and not of an event. */
export function identifyTag({ kind }: TrackedEvent): HTMLElement | undefined {
  return kind === 'identify' ? h('span', { class: 'tag' }, 'identify') : undefined
}

export function categoryTag({ category = '' }: TrackedEvent): HTMLElement | undefined {
  if (category === '') return undefined
  const shown = cut(category, 60)
  return h('span', { class: 'tag category', title: `Category: ${inOneLine(shown)}` }, foreign(shown))
}
