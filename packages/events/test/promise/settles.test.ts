import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EarlierFile } from './support/earlier.ts'
import { fewRows, type Kind, problemsOf, type Row, rows } from './support/table.ts'

const earlier = new EarlierFile()

beforeAll(() => earlier.make())
afterAll(() => earlier[Symbol.asyncDispose]())

const hungToken = () => new Promise<string>(() => undefined)

const kinds: readonly (readonly [Kind, readonly Row[]])[] = [
  [{ name: 'in memory', options: () => ({}) }, rows],
  [{ name: 'in a file', options: (world) => ({ outbox: earlier.open(world) }) }, rows],
  [{ name: 'in memory, with a token function that hangs', options: () => ({ token: hungToken }) }, fewRows],
  [
    {
      name: 'in a file, with a token function that hangs',
      options: (world) => ({ outbox: earlier.open(world), token: hungToken }),
    },
    fewRows,
  ],
  [{ name: 'in a file, not enabled', options: (world) => ({ outbox: earlier.open(world), enabled: false }) }, fewRows],
]

for (const [kind, chosen] of kinds) {
  describe(`${kind.name} every promise settles by its deadline:`, () => {
    for (const row of chosen) {
      test(`${row.asking.name}, ${row.manner.name}, ${row.phase.name}`, async () => {
        expect((await problemsOf(row, kind)).join('; ')).toBe('')
      })
    }
  })
}
