import { describe, expect, test } from 'vitest'
import { problemOf, running } from '../support/relay.ts'

const event = { customer_id: 'user123', event: 'button_click' }
const megabytes = 3_000_000
const names = Array.from({ length: 40_000 }, (_, at) => at.toString(36))
const many = (value: unknown) => Object.fromEntries(names.map((name) => [name, value]))

describe('A body made to cost the relay time', () => {
  // Of this size, so that whatever looks through it again for each of its parts does not come to an end.
  test.each([
    ['many unknown fields', JSON.stringify({ ...event, ...many(1) }), 400],
    ['many properties', JSON.stringify({ ...event, property: many(1) }), 200],
    ['many texts that cannot be sent', JSON.stringify({ ...event, property: many('\ud800') }), 422],
    ['a string of escaped quotes that does not end', `"${'\\"'.repeat(1_000_000)}1234567890123456`, 400],
    ['a number of many digits', `{"a":${'1'.repeat(1_000_000)}}`, 422],
    ['lists in lists', `{"customer_id":"a","event":"a","property":{"x":${'['.repeat(1_000_000)}`, 400],
    ['lists in lists that end', `{"customer_id":"a","event":"a","property":{"x":${nested(3_000)}}}`, 422],
  ])('is answered like any other, in few words: %s', async (_what, body, status) => {
    await using relay = await running({ relay: { anyone: true, maxBodyBytes: megabytes } })
    const response = await relay.post(body)
    expect([response.status, (await response.text()).length]).toEqual([status, expect.toSatisfy(isShort)])
  })

  test('by traits that a client may not set has a short answer, too', async () => {
    await using relay = await running({ relay: { anyone: true, maxBodyBytes: megabytes, traits: ['name'] } })
    const body = { customer_id: 'user123', properties: many(1) }
    const response = await relay.post(body, { path: '/customer/test' })
    expect([response.status, (await response.text()).length]).toEqual([422, expect.toSatisfy(isShort)])
  })
})

describe('A pointer', () => {
  test.each([
    ['{"customer_id":"a","event":"a","property":{"list":[1,{"x":"\\ud800"}]}}', '#/property/list/1/x'],
    ['{"customer_id":"a","event":"a","property":{"list[0]":"\\ud800"}}', '#/property/list%5B0%5D'],
    ['{"customer_id":"a","event":"a","property":{"a.b":{"c":["\\ud800"]}}}', '#/property/a.b/c/0'],
    ['{"customer_id":"a","event":"a","property":{"\\ud800":1}}', '#/property/%EF%BF%BD'],
    ['{"customer_id":"a","event":"a","\\ud800":1}', '#/%EF%BF%BD'],
    ['{"customer_id":"a","event":"a","__proto__":{"event":"b"}}', '#/__proto__'],
    ['{"customer_id":"a","event":"a","property":{"__proto__":{"x":1e400}}}', '#/property/__proto__/x'],
  ])('leads to what is wrong, whatever it is called: %s', async (body, pointer) => {
    await using relay = await running()
    const problem = await problemOf(await relay.post(body))
    expect([400, 422]).toContain(problem.status)
    expect(problem.errors?.map((fault) => fault.pointer)).toEqual([pointer])
    expect(relay.tracker.stats().pending).toBe(0)
  })
})

test('Names that mean something to JavaScript are data like any other', async () => {
  await using relay = await running()
  const body = '{"customer_id":"a","event":"a","property":{"__proto__":{"x":1},"constructor":{"y":2}}}'
  expect((await relay.post(body)).status).toBe(200)
  await expect.poll(() => relay.api.arrivals.map(({ text }) => text)).toEqual([body])
})

test('A body that says a field twice is judged by what is stored', async () => {
  await using relay = await running({
    relay: { authorize: ({ customerId }) => customerId === 'own' },
  })
  expect((await relay.post(twice('own', 'another'))).status).toBe(403)
  expect((await relay.post(twice('another', 'own'))).status).toBe(200)
  await expect.poll(() => relay.api.arrivals.map(({ body }) => body.customer_id)).toEqual(['own'])
})

function twice(first: string, then: string): string {
  return `{"customer_id":"${first}","event":"a","customer_id":"${then}"}`
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}1${']'.repeat(depth)}`
}

function isShort(length: number): boolean {
  return length < 10_000
}
