import { writeFileSync } from 'node:fs'
import { startMock } from '@obsidianlaunch/events-mock'
import { expect, test } from 'vitest'
import { constantFrom } from '../../../src/import/formats/constants.ts'
import { mappingFrom } from '../../../src/import/formats/field-map.ts'
import { Workplace } from '../../command-line.ts'
import { read } from './records.ts'

const constants = (...given: readonly string[]) =>
  given.reduce<ReturnType<typeof constantFrom>>((before, each) => constantFrom(each, before), [])

test('--set fills a field that a table lacks, and the cells that are empty', async () => {
  const options = {
    format: 'csv',
    set: constants('event=signup', 'category=Import'),
    map: mappingFrom('customer_id=user'),
  } as const
  expect(await read('user,category\na,Own\nb,\n', options)).toEqual([
    { line: 2, fields: { customer_id: 'a', event: 'signup', category: 'Own' } },
    { line: 3, fields: { customer_id: 'b', event: 'signup', category: 'Import' } },
  ])
})

test('--set fills the fields of JSON lines, with and without --map, and leaves those of the other call alone', async () => {
  const lines =
    '{"customer_id":"a"}\n{"customer_id":"b","event":null,"property":{"n":null}}\n{"type":"identify","customer_id":"c"}\n'
  const set = constants('property.n:number=1', 'property={"m":2}', 'event=x')
  const expected = [
    { line: 1, fields: { customer_id: 'a', event: 'x', property: { m: 2, n: 1 } } },
    { line: 2, fields: { customer_id: 'b', event: 'x', property: { n: null } } },
    { line: 3, fields: { type: 'identify', customer_id: 'c' } },
  ]
  expect(await read(lines, { set })).toEqual(expected)
  expect(await read(lines, { set, map: mappingFrom('customer_id=customer_id') })).toEqual(expected)
  expect(await read('{"customer_id":"a","event":"x","property":"text"}', { set })).toEqual([
    { line: 1, problem: 'property is no object, so it cannot have property.n' },
  ])
})

test.each([
  ['event', 'write FIELD=TEXT, such as event=signup'],
  ['event=', 'write FIELD=TEXT, such as event=signup'],
  ['seats=5', 'seats is not a field'],
  ['id=7', 'each event needs an id of its own'],
  ['type=track', 'the command is the type'],
  ['property.seats:number=five', 'property.seats is "five": write a number'],
])('--set %s is refused: %s', (given, reason) => {
  expect(() => constantFrom(given)).toThrow(reason)
})

test('a field has one --set', () => {
  expect(() => constants('event=a', 'event=b')).toThrow('event has another --set already')
})

test('a table of customers becomes sign-ups; with another --set its lines are other events, which --resume refuses', async () => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: mock.url })
  writeFileSync(at.path('people.csv'), 'customer_id,joined\na,2024-06-10\n')
  const importing = 'obsidian-events track --from people.csv --map property.at:date=joined'
  const without = await at.run(`${importing} --dry-run`)
  expect(without.stderr).toContain('has no column event. Its columns are customer_id, joined.')
  expect(without.stderr).toContain('If all rows are one event: --set event=NAME.')
  const dry = await at.run(`${importing} --set event=signup --dry-run`)
  expect(dry.stdout).toContain('\nset     event=signup\n')
  expect(await at.run(`${importing} --set event=signup`)).toMatchObject({ code: 0 })
  expect(mock.good.map(({ body }) => body)).toEqual([
    { customer_id: 'a', event: 'signup', property: { at: '2024-06-10T00:00:00.000Z' } },
  ])
  const resumed = await at.run(`${importing} --set event=joined --resume`)
  expect(resumed.code).toBe(2)
  expect(resumed.stderr).toContain('--set event=signup')
  await at.run(`${importing} --set event=joined --restart`)
  const [one, other] = mock.good.map(({ headers }) => headers['idempotency-key'])
  expect(one).not.toBe(other)
})
