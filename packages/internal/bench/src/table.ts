import { table } from '@obsidianlaunch/testkit/markdown'
import type { Spread } from './measure.ts'

export interface Table {
  readonly title: string
  /** A sentence on what was measured, and how. */
  readonly note: string
  readonly head: string[]
  readonly rows: string[][]
}

export interface Benchmark {
  readonly name: string
  run(rounds: number): Promise<Table>
}

export function markdown({ title, note, head, rows }: Table): string {
  return [`### ${title}`, '', note, '', table(head, rows, true), ''].join('\n')
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
