import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleLines } from '../scripts/sample.ts'
import { faultsFor } from '../src/faults.ts'
import { openEventFile, readLines, type Line } from '../src/file.ts'
import { parseLine } from '../src/lines.ts'
import { Order } from '../src/order.ts'
import { plain, Screen } from '../src/screen.ts'

const folder = mkdtempSync(join(tmpdir(), 'demo-'))

function fileOf(content: string | Uint8Array): string {
  const path = join(folder, 'events.ndjson')
  writeFileSync(path, content)
  return path
}

async function linesOf(path: string): Promise<Line[]> {
  const lines = []
  for await (const line of readLines(path)) lines.push(line)
  return lines
}

function wrapped(isTTY: boolean): string[] {
  const written: string[] = []
  const screen = new Screen({ isTTY, columns: 30, write: (text) => written.push(text) }, { NO_COLOR: '1' })
  screen.wrap('line 7  ', 'is not JSON: Unterminated string at position 9')
  return written
}

test('the shipped sample is what its generator makes', () => {
  const committed = readFileSync(new URL('../sample.ndjson', import.meta.url), 'utf8')
  expect(committed === `${sampleLines().join('\n')}\n`).toBe(true)
})

test('the sample tells who a customer is before what the customer did', () => {
  const known = new Set<unknown>()
  const early = []
  for (const line of sampleLines()) {
    const call = parseLine(line)
    if ('reason' in call || typeof call.customerId !== 'string') continue
    if (call.type === 'identify') known.add(call.customerId)
    else if (!known.has(call.customerId)) early.push(line)
  }
  expect(early).toEqual([])
  expect(known.size).toBeGreaterThan(300)
})

test('a line becomes the call that it describes', () => {
  expect(parseLine('{"type":"track","customer_id":"user123","event":"button_click"}')).toEqual({
    type: 'track',
    customerId: 'user123',
    event: 'button_click',
    details: {},
  })
  expect(
    parseLine('{"type":"track","customer_id":"a","event":"b","category":"api","property":{"path":"/v1"}}'),
  ).toMatchObject({ event: 'b', details: { category: 'api', property: { path: '/v1' } } })
  expect(parseLine('{"type":"identify","customer_id":"a","plan":"pro","planValue":49}')).toMatchObject({
    details: { plan: 'pro', planValue: 49 },
  })
  expect(parseLine('{"type":"identify","customer_id":"user123","name":"José","email":"j@example.com"}')).toEqual({
    type: 'identify',
    customerId: 'user123',
    details: { name: 'José', email: 'j@example.com' },
  })
})

test.each([
  ['{"type":"track"', /^is not JSON: /],
  ['[1]', /^is not a JSON object$/],
  ['null', /^is not a JSON object$/],
  ['{"customer_id":"user123"}', /^type is missing/],
  ['{"type":"page"}', /^type "page" is unknown/],
  ['{"type":"constructor"}', /^type "constructor" is unknown/],
  ['{"type":"track","customer_id":"a","event":"b","properties":{}}', /^properties is not a field of track$/],
])('the line %s is refused with its reason', (line, reason) => {
  expect((parseLine(line) as { reason: string }).reason).toMatch(reason)
})

test('lines keep their numbers over blank ones, and end at line feeds alone', async () => {
  const lines = await linesOf(fileOf('\uFEFF"a"\r\n\n  \n"b\u2028c"'))
  expect(lines).toEqual([
    { number: 1, text: '"a"' },
    { number: 4, text: '"b\u2028c"' },
  ])
})

test('a line that cannot be text, or has no end, is reported and the next one is read', async () => {
  const endless = Buffer.alloc(3 * 1024 * 1024, 'x')
  const lines = await linesOf(fileOf(Buffer.concat([Buffer.from([0xff, 10]), endless, Buffer.from('\nend')])))
  expect(lines).toEqual([
    { number: 1, reason: 'is not UTF-8 text' },
    { number: 2, reason: 'is longer than 1 MiB' },
    { number: 3, text: 'end' },
  ])
})

test('a file is measured in lines that are not blank', async () => {
  expect(await openEventFile(fileOf('a\n\nb\n'))).toMatchObject({ lines: 2, lastLine: 3 })
})

test('order is kept while each customer’s lines come in sequence, whatever the others do', () => {
  const order = new Order(9)
  for (const [customer, line] of [
    ['a', 2],
    ['b', 1],
    ['a', 5],
    ['b', 9],
  ] as const)
    order.arrive(customer, line)
  expect([order.events, order.customers, order.broken]).toEqual([4, 2, []])
})

test('a line that arrives after a later one of its customer breaks the order', () => {
  const order = new Order(9)
  for (const [customer, line] of [
    ['a', 2],
    ['b', 9],
    ['a', 1],
    ['b', 8],
    ['b', 3],
  ] as const)
    order.arrive(customer, line)
  expect(order.broken).toEqual(['a', 'b'])
})

test('a line that arrives again breaks nothing', () => {
  const order = new Order(9)
  for (const line of [1, 2, 1]) order.arrive('a', line)
  expect([order.events, order.broken]).toEqual([2, []])
})

test.each([1, 4, 30, 3_000, 1_000_000])(
  'a file of %i lines meets both kinds of trouble and gets past them',
  (lines) => {
    const script = faultsFor(lines)
    const statuses = script.flatMap((fault) => ('status' in fault ? [fault.status] : []))
    expect(new Set(statuses)).toEqual(new Set([503, 429]))
    const passed = script.reduce((sum, fault) => sum + ('pass' in fault ? fault.pass : 0), 0)
    expect(passed).toBeLessThan(lines)
  },
)

test('text of a file cannot steer the terminal', () => {
  expect(plain('a\u001B[2Jb\nc\u202Ed')).toBe('a·[2Jb·c·d')
})

test('a narrow terminal gets reasons in several lines, a pipe in one', () => {
  expect(wrapped(true)).toEqual(['line 7  is not JSON:\n', '        Unterminated string at\n', '        position 9\n'])
  expect(wrapped(false)).toEqual(['line 7  is not JSON: Unterminated string at position 9\n'])
})

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{ isTTY: false }, { FORCE_COLOR: '1' }, false],
])('the output %j with %j in the environment has colours: %s', (output, env, coloured) => {
  const screen = new Screen({ ...output, write: () => true }, env)
  expect(screen.tone('red', 'x') !== 'x').toBe(coloured)
})
