import type { Violation } from '../../../recording/exchange.ts'
import { type JsonLine, jsonLines } from '../format/json-lines.ts'
import { count, cut, plain, sizeOf, visible } from '@obsidianlaunch/page/text'
import { notesOf } from '../format/violation-notes.ts'
import { button, foreign, h } from '@obsidianlaunch/page/dom'

// More than a person reads at once, and little enough to be drawn at once.
const linesAtOnce = 400
const textAtOnce = 600
const deepest = 24
// Deeper levels are folded at first, if they are longer than that and nothing in them is wrong.
const openLevels = 3
const shortest = 4

/**
 * A body set in lines that can be folded, with what is wrong beside the field that it is about.
 *
 * @param words what a person looks for: a level that has one of them is open
 */
export function prettyBody(text: string, violations: readonly Violation[], words: readonly string[]): HTMLElement {
  const lines = jsonLines(text)
  if (lines === undefined) return rawBody(text)
  const { beside, missing } = notesOf(lines, violations)
  const ends = endsOf(lines)
  const hits = [...lines.entries()].filter(([, line]) => hasWord(line, words)).map(([at]) => at)
  const opened = [...beside.keys(), ...missing.keys(), ...hits]
  const block = h('div', { class: 'code json', tabindex: 0, role: 'group', 'aria-label': 'Body' })
  /** The levels that are open, the innermost last. */
  const levels: HTMLElement[] = [block]
  const add = (line: JsonLine, at: number) => {
    const row = lineOf(line, beside.get(at) ?? [])
    const into = levels.at(-1) ?? block
    into.append(row)
    if (line.kind === 'close') levels.pop()
    if (line.kind === 'open') {
      const end = ends.get(at) ?? at
      const isDeep = line.depth >= openLevels && end - at > shortest
      const isFolded = isDeep && !opened.some((place) => place >= at && place < end)
      levels.push(line.depth < deepest ? foldable(line, { row, length: end - at - 1, isFolded }) : into)
    }
    levels.at(-1)?.append(...(missing.get(at) ?? []).map((name) => missingLine(name, line.depth + 1)))
  }
  const show = (from: number) => {
    const to = Math.min(lines.length, from + linesAtOnce)
    for (const [at, line] of lines.slice(from, to).entries()) add(line, from + at)
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

function hasWord({ name = '', text }: JsonLine, words: readonly string[]): boolean {
  return words.some((word) => name.toLowerCase().includes(word) || text.toLowerCase().includes(word))
}

/** Number of the closing line for that of each opening one. */
function endsOf(lines: readonly JsonLine[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  const open: number[] = []
  for (const [at, { kind }] of lines.entries()) {
    if (kind === 'open') open.push(at)
    else if (kind === 'close') ends.set(open.pop() ?? 0, at)
  }
  return ends
}

interface Fold {
  /** The line that opens the level. */
  row: HTMLElement
  /** Number of lines within. */
  length: number
  isFolded: boolean
}

/** Puts a level that can be folded after the line that opens it. */
function foldable(line: JsonLine, { row, length, isFolded }: Fold): HTMLElement {
  const level = h('div')
  const rest = h('span', { class: 'rest' }, ` … ${count(length, 'line')} … ${line.text === '[' ? ']' : '}'}`)
  const control = button('', () => set(!level.hidden), {
    class: 'fold',
    'aria-label': `Fold ${line.name ?? (line.path || 'all')}`,
  })
  const set = (isNowFolded: boolean) => {
    level.hidden = isNowFolded
    rest.hidden = !isNowFolded
    control.setAttribute('aria-expanded', String(!isNowFolded))
  }
  row.prepend(control)
  row.append(rest)
  row.after(level)
  set(isFolded)
  return level
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
  const shown = h('bdi', {}, visible(start))
  if (start.length === text.length) return shown
  const more = button(`… show all ${sizeOf(text.length)}`, () => {
    shown.textContent = visible(text)
    more.remove()
  })
  return h('span', {}, shown, more)
}
