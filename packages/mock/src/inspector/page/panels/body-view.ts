import type { Violation } from '../../../recording/exchange.ts'
import { type JsonLine, jsonLines } from '../format/json-lines.ts'
import { cut, plain, sizeOf, visible } from '../format/text.ts'
import { notesOf } from '../format/violation-notes.ts'
import { button, foreign, h } from '../widgets/dom.ts'

// More than a person reads at once, and little enough to be drawn at once.
const linesAtOnce = 400
const textAtOnce = 600
const deepest = 24

/** A body set in lines, with what is wrong beside the field that it is about. */
export function prettyBody(text: string, violations: readonly Violation[]): HTMLElement {
  const lines = jsonLines(text)
  if (lines === undefined) return rawBody(text)
  const { beside, missing } = notesOf(lines, violations)
  const block = h('div', { class: 'code json', tabindex: 0, role: 'group', 'aria-label': 'Body' })
  const show = (from: number) => {
    const to = Math.min(lines.length, from + linesAtOnce)
    for (let at = from; at < to; at += 1) {
      const line = lines[at]
      if (line === undefined) break
      block.append(lineOf(line, beside.get(at) ?? []))
      block.append(...(missing.get(at) ?? []).map((name) => missingLine(name, line.depth + 1)))
    }
    if (to === lines.length) return
    const more = button(`Show more: ${plain(lines.length - to)} lines are left`, () => {
      more.remove()
      show(to)
    })
    block.append(more)
  }
  show(0)
  return block
}

/** A text as it came. */
export function rawBody(text: string): HTMLElement {
  if (text === '') return h('p', { class: 'hint' }, 'No body.')
  return h('pre', { class: 'code raw', tabindex: 0 }, long(text, 4000))
}

export function headersTable(headers: Readonly<Record<string, string>>, violations: readonly Violation[]): HTMLElement {
  const wrong = violations.filter(({ location }) => location === 'header')
  const absent = wrong.filter(({ path }) => headers[path] === undefined)
  const rows = Object.entries(headers).map(([name, value]) => {
    const notes = wrong.filter(({ path }) => path === name).map(({ message }) => note(message))
    return h('div', {}, h('dt', {}, foreign(name)), h('dd', {}, long(value, textAtOnce), notes))
  })
  const ghosts = absent.map(({ path, message }) =>
    h('div', {}, h('dt', {}, path || 'header'), h('dd', {}, note(message))),
  )
  if (rows.length + ghosts.length === 0) return h('p', { class: 'hint' }, 'No headers.')
  return h('dl', { class: 'code pairs headers' }, rows, ghosts)
}

function lineOf({ depth, name, kind, text, comma }: JsonLine, notes: readonly string[]): HTMLElement {
  const line = h(
    'div',
    { class: 'line', 'data-wrong': notes.length > 0 },
    name !== undefined && [foreign(cut(name, textAtOnce), { class: 'name' }), ': '],
    h('span', { class: kind }, long(text, textAtOnce)),
    comma && ',',
    notes.map(note),
  )
  return indented(line, depth)
}

function missingLine(name: string, depth: number): HTMLElement {
  const line = h(
    'div',
    { class: 'line', 'data-wrong': true },
    foreign(JSON.stringify(name), { class: 'name gone' }),
    note('is missing'),
  )
  return indented(line, depth)
}

function indented(line: HTMLElement, depth: number): HTMLElement {
  line.style.setProperty('--depth', String(Math.min(depth, deepest)))
  return line
}

function note(text: string): HTMLElement {
  return h('span', { class: 'note' }, h('span', { class: 'shape' }), foreign(cut(text, textAtOnce)))
}

/** The start of a long text, and a way to the rest. */
function long(text: string, length: number): HTMLElement {
  const start = cut(text, length)
  if (start.length === text.length) return foreign(text)
  const shown = foreign(start)
  const more = button(`… show all ${sizeOf(text.length)}`, () => {
    shown.textContent = visible(text)
    more.remove()
  })
  return h('span', {}, shown, more)
}
