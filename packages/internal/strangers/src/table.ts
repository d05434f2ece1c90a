import { readFileSync } from 'node:fs'
import { table as written, textBetween, writeBetween } from '@obsidianlaunch/testkit/markdown'
import type { Trial } from './trial.ts'

const readme = new URL('../README.md', import.meta.url)

/** The tables of what works where: a row each stranger, a mark each place, and what has to be set or known. */
export function render(trials: readonly Trial[]): string {
  return [...Map.groupBy(trials, ({ table }) => table)].map(([name, its]) => renderTable(name, its)).join('\n\n')
}

function renderTable(name: string, trials: readonly Trial[]): string {
  const columns = [...new Set(trials.map(({ column }) => column))]
  const rows = [...Map.groupBy(trials, ({ row }) => row)].map(([row, cells]) => {
    const marks = columns.map((column) => mark(cells.find((trial) => trial.column === column)))
    const settings = cells.flatMap(({ setting }) => (setting === undefined ? [] : [`with this setting: ${setting}`]))
    const limits = cells.flatMap(({ limit }) => (limit === undefined ? [] : [limit.reason]))
    return [row].concat(marks, [...new Set(settings.concat(limits))].join('; '))
  })
  return written([name, ...columns, ''], rows)
}

function mark(trial: Trial | undefined): string {
  if (trial === undefined) return ''
  return trial.limit === undefined ? '✓' : '–'
}

export function readTable(): string {
  return textBetween(readFileSync(readme, 'utf8'), 'table')
}

export function writeTable(trials: readonly Trial[]): void {
  writeBetween(readme, 'table', render(trials))
}
