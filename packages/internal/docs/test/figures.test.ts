import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { root } from '../site/repository.ts'
import { rowsOf } from '../site/tables.ts'
import { barsOf } from '../src/figures/bars.ts'
import { speed, tests } from '../src/figures/figures.ts'

const bench = readFileSync(join(root, 'packages/internal/bench/README.md'), 'utf8')

test('the charts show the last run of the bench: npm run docs:figures writes them', () => {
  const { throughput, call, outbox } = speed
  expect({ throughput, cpu: speed.cpu, call, outbox, import: speed.import }).toEqual({
    throughput: rowsOf(bench, 'throughput', 1),
    cpu: rowsOf(bench, 'throughput', 2),
    call: rowsOf(bench, 'call', 1),
    outbox: rowsOf(bench, 'outbox', 1),
    import: rowsOf(bench, 'import', 2),
  })
})

test('the tests of every package are counted', () => {
  expect(tests.packages.length).toBeGreaterThan(10)
  expect(Math.min(...tests.packages.map(({ tests: count }) => count))).toBeGreaterThan(0)
})

test('a chart has a bar and a figure for each row, and no colour of its own', () => {
  const { document } = parseHTML(barsOf(speed.call, { unit: 'µs a call', isLogarithmic: true, ours: /^our/ }))
  const fills = [...document.querySelectorAll('[aria-label="bar"] rect')].map((bar) => bar.getAttribute('fill'))
  expect(fills).toHaveLength(speed.call.length)
  expect(new Set(fills)).toEqual(new Set(['var(--sl-color-accent)', 'var(--sl-color-gray-4)']))
  const figures = [...document.querySelectorAll('[aria-label="text"] text')].map(({ textContent }) => textContent)
  expect(figures).toEqual(speed.call.map(({ value }) => String(value)))
})

test('a table without figures is an error that names it', () => {
  expect(() => rowsOf('<!-- a -->\n\n| | x |\n|---|---|\n\n<!-- end of a -->', 'a', 1)).toThrow(
    'The table a has no figures',
  )
  expect(() => rowsOf('', 'a', 1)).toThrow('<!-- a -->')
})
