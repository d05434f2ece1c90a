import { writeFileSync } from 'node:fs'
import type { Workplace } from '../command-line.ts'

export const track = (customer: string, event: string) => JSON.stringify({ customer_id: customer, event })

/** So many lines of a few customers; the name of each event is the number of its line. */
export function manyLines(lines: number, customers = 97): string[] {
  return Array.from({ length: lines }, (_, index) => track(`c${(index * 31) % customers}`, String(index + 1)))
}

export function writeLines(at: Workplace, name: string, lines: readonly string[]): void {
  writeFileSync(at.path(name), `${lines.join('\n')}\n`)
}
