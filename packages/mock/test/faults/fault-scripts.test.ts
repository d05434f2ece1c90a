import { expect, test } from 'vitest'
import { type Fault, type Mock } from '../../src/index.ts'
import { post, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const valid = JSON.stringify(track)

async function statuses(running: Mock, count: number): Promise<number[]> {
  const seen: number[] = []
  for (let at = 0; at < count; at += 1) seen.push((await post(running, '/events/test', valid)).status)
  return seen
}

test('a script plays in order and then all is normal again', async () => {
  mock().fail([{ status: 503, times: 2 }, { pass: 2 }, { status: 429 }])
  expect(await statuses(mock(), 7)).toEqual([503, 503, 200, 200, 429, 200, 200])
  expect(mock().requests.map((exchange) => exchange.status)).toEqual([503, 503, 200, 200, 429, 200, 200])
})

test('a fault says how long to wait', async () => {
  mock().fail([
    { status: 429, retryAfter: 7 },
    { status: 503, retryAfter: 0 },
  ])
  expect((await post(mock(), '/events/test', valid)).headers.get('retry-after')).toBe('7')
  expect((await post(mock(), '/events/test', valid)).headers.get('retry-after')).toBe('0')
})

test('a fault answers with the example of the OpenAPI document, if there is one', async () => {
  mock().fail([{ status: 403 }, { status: 418 }])
  expect((await post(mock(), '/events/test', valid)).text).toContain('This token may not write events')
  expect((await post(mock(), '/events/test', valid)).text).toContain('fail()')
})

test('a fault without a body has none', async () => {
  mock().fail([{ status: 204 }])
  expect(await post(mock(), '/events/test', valid)).toMatchObject({ status: 204, text: '' })
})

test('a fault comes before everything else, and the violations are recorded all the same', async () => {
  mock().fail([{ status: 503, times: 3 }])
  await post(mock(), '/events/test', '{}')
  await post(mock(), '/events/test', '{')
  await post(mock(), '/events/test', valid, { Authorization: '' })
  expect(mock().requests.map((exchange) => exchange.status)).toEqual([503, 503, 503])
  expect(mock().requests.map((exchange) => exchange.violations.length)).toEqual([2, 1, 1])
})

test('a wrong path takes no fault', async () => {
  mock().fail([{ status: 503 }])
  expect((await post(mock(), '/nowhere', valid)).status).toBe(404)
  expect(await statuses(mock(), 2)).toEqual([503, 200])
})

test('a fault can last for ever, until reset or another script', async () => {
  mock().fail([{ status: 500, times: Infinity }])
  expect(await statuses(mock(), 3)).toEqual([500, 500, 500])
  mock().fail([{ status: 502 }])
  expect(await statuses(mock(), 2)).toEqual([502, 200])
  mock().fail([{ status: 500, times: Infinity }])
  mock().reset()
  expect(await statuses(mock(), 1)).toEqual([200])
})

test.each([
  [{ stauts: 503 }, 'stauts'],
  [{ status: 99 }, '99'],
  [{ status: '503' }, "'503'"],
  [{ status: 503, times: 0 }, 'times: 0'],
  [{ status: 503, retryAfter: -1 }, 'retryAfter: -1'],
  [{ pass: 1.5 }, '1.5'],
  [{ pass: 1, status: 503 }, 'pass: 1'],
  [{}, '{}'],
  [null, 'null'],
  ['down', "'down'"],
])('the fault %j is refused by name, with the known ones', async (fault, name) => {
  const script = [{ status: 500 }, fault] as Fault[]
  expect(() => mock().fail(script)).toThrow(name)
  expect(() => mock().fail(script)).toThrow('known are { status: 503, times: 2 }, { status: 429, retryAfter: 1 }')
  expect(await statuses(mock(), 1)).toEqual([200])
})

test('a script that is no list is refused', () => {
  expect(() => mock().fail({ status: 503 } as unknown as Fault[])).toThrow('A fault script is a list of')
})
