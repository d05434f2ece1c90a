import { expect, test } from 'vitest'
import { readTable, render } from '../src/table.ts'
import type { Trial } from '../src/trial.ts'
import { trials } from '../src/trials/all.ts'

test('the README says what was found to work, no more and no less: pnpm strangers writes it', () => {
  expect(readTable()).toBe(render(trials))
})

test('a row says where it works, what has to be set, and why it does not work elsewhere', () => {
  const cell = { table: 'Node', row: 'Jest', run: () => Promise.resolve() }
  const few: Trial[] = [
    { ...cell, column: 'Node 20', setting: '`a`', limit: { reason: 'too old', shows: /old/ } },
    { ...cell, column: 'Node 22', setting: '`a`' },
  ]
  expect(render(few).split('\n').at(-1)).toBe('| Jest | – | ✓ | with this setting: `a`; too old |')
})

test('every – has a reason, and no two cells are the same place', () => {
  const places = trials.map(({ table, row, column }) => `${table}, ${row}, ${column}`)
  expect(new Set(places).size).toBe(places.length)
  expect(trials.filter(({ limit }) => limit?.reason === '')).toEqual([])
})
