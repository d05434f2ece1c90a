import { readFileSync, writeFileSync } from 'node:fs'
import type { Trial } from './trial.ts'

const readme = new URL('../README.md', import.meta.url)
const [start, end] = ['<!-- table -->\n', '<!-- /table -->']

/** The tables of what works where: a row each stranger, a mark each place, and what has to be set or known. */
export function render(trials: readonly Trial[]): string {
  const tables = [...new Set(trials.map(({ table }) => table))]
  return tables.map((table) => renderTable(trials.filter((trial) => trial.table === table))).join('\n\n')
}

function renderTable(trials: readonly Trial[]): string {
  const columns = [...new Set(trials.map(({ column }) => column))]
  const rows = [...new Set(trials.map(({ row }) => row))].map((row) => {
    const cells = trials.filter((trial) => trial.row === row)
    const marks = columns.map((column) => mark(cells.find((trial) => trial.column === column)))
    const settings = cells.flatMap(({ setting }) => (setting === undefined ? [] : [`with this setting: ${setting}`]))
    const limits = cells.flatMap(({ limit }) => (limit === undefined ? [] : [limit.reason]))
    return [row].concat(marks, [...new Set(settings.concat(limits))].join('; '))
  })
  const head = [trials[0]?.table ?? '', ...columns, '']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function mark(trial: Trial | undefined): string {
  if (trial === undefined) return ''
  return trial.limit === undefined ? '✓' : '–'
}

export function readTable(): string {
  const text = readFileSync(readme, 'utf8')
  return text.slice(text.indexOf(start) + start.length, text.indexOf(end)).trim()
}

export function writeTable(trials: readonly Trial[]): void {
  const text = readFileSync(readme, 'utf8')
  const [before, after] = [text.slice(0, text.indexOf(start) + start.length), text.slice(text.indexOf(end))]
  writeFileSync(readme, `${before}\n${render(trials)}\n\n${after}`)
}
