import type { Spread } from './measure.ts'

export interface Table {
  readonly title: string
  /** What was measured, and how. */
  readonly note: string
  readonly head: string[]
  readonly rows: string[][]
}

export interface Benchmark {
  readonly name: string
  run(rounds: number): Promise<Table>
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}

export function markdown({ title, note, head, rows }: Table): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [`### ${title}`, '', note, '', line(head), line(rule), ...rows.map(line), ''].join('\n')
}

/** A median, and between which values it lies: `12.3 (11.9–14.0)`. */
export function withSpread({ median, least, most }: Spread, digits = 1): string {
  const text = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
  return least === most ? text(median) : `${text(median)} (${text(least)}–${text(most)})`
}

export function ratio(value: number, base: number): string {
  return (value / base).toFixed(2)
}
