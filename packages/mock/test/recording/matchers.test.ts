import { test as base, describe, expect } from 'vitest'
import type { TokenIsolated } from '../../src/index.ts'
import { type MockFixtures, mockFixture } from '../../src/vitest.ts'
import { identify, post, track } from '../calls.ts'

const test = base.extend<MockFixtures>(mockFixture({ seed: 1 }))

function send(mock: TokenIsolated, body: object, headers: Record<string, string> = {}) {
  const path = 'email' in body ? '/customer/test' : '/events/test'
  return post(mock, path, JSON.stringify(body), { Authorization: `Bearer ${mock.token}`, ...headers })
}

/** Message of a matcher that fails. */
function complaint(claim: () => void): string {
  try {
    claim()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

test('an operation is enough, a part of the body narrows it down', async ({ mock }) => {
  await send(mock, track)
  expect(mock).toHaveReceived('trackEvent')
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
  expect(mock).toHaveReceived('trackEvent', { event: /^button_/, customer_id: expect.any(String) })
  expect(mock).toHaveReceived({ operation: 'trackEvent', status: 200, headers: { authorization: 'Bearer …' } })
  expect(mock).not.toHaveReceived('identifyCustomer')
  expect(mock).not.toHaveReceived('trackEvent', { event: 'page_view' })
})

test('nested properties are compared in part, lists whole', async ({ mock }) => {
  await send(mock, { ...identify, properties: { plan: 'premium', company: { seats: 12 }, tags: ['a', 'b'] } })
  expect(mock).toHaveReceived('identifyCustomer', { properties: { company: { seats: 12 }, tags: ['a', 'b'] } })
  expect(mock).not.toHaveReceived('identifyCustomer', { properties: { tags: ['a'] } })
})

test('a miss shows the nearest first, with the fields that differ, and then what arrived', async ({ mock }) => {
  await send(mock, identify)
  await send(mock, track)
  const message = complaint(() => expect(mock).toHaveReceived('trackEvent', { event: 'page_view' }))
  expect(message).toMatch(/^The mock has not received \{ operation: 'trackEvent', body: \{ event: 'page_view' \} \}\n/)
  expect(message).toMatch(/The nearest is #\d+ trackEvent 200/)
  expect(message).toMatch(/-\s+"event": "page_view",/)
  expect(message).toMatch(/\+\s+"event": "button_click",/)
  expect(message).not.toMatch(/[-+]\s+"customer_id"/)
  expect(message.indexOf('nearest')).toBeLessThan(message.indexOf('2 arrived:'))
})

test('a part that nothing reached says what it listens to', async ({ mock, mockServer }) => {
  await post(mockServer, '/events/test', JSON.stringify(track))
  expect(complaint(() => expect(mock).toHaveReceived('trackEvent'))).toContain('only requests that carry the token')
  expect(mockServer.requests.at(-1)?.body).toEqual(track)
})

test('the number of requests counts each attempt', async ({ mock }) => {
  mock.fail([{ status: 503, times: 2 }])
  for (let attempt = 0; attempt < 3; attempt += 1) await send(mock, track)
  expect(mock).toHaveReceivedTimes(3, 'trackEvent')
  expect(mock).toHaveReceivedTimes(1, { operation: 'trackEvent', status: 200 })
  expect(mock).not.toHaveReceivedTimes(1, 'trackEvent')
  const message = complaint(() => expect(mock).toHaveReceivedTimes(1, 'trackEvent', { event: 'button_click' }))
  expect(message).toContain('3 times, expected once')
})

test('an order may have others in between, and says where it ends', async ({ mock }) => {
  await send(mock, identify)
  await send(mock, { ...track, event: 'first' })
  await send(mock, { ...track, event: 'second' })
  expect(mock).toHaveReceivedInOrder(['identifyCustomer', ['trackEvent', { event: 'second' }]])
  expect(mock).not.toHaveReceivedInOrder(['trackEvent', 'identifyCustomer'])
  const wrong = () =>
    expect(mock).toHaveReceivedInOrder([['trackEvent', { event: 'second' }], { body: { event: 'first' } }])
  expect(complaint(wrong)).toContain("received 1 of 2 in this order. Then it should have been { body: { event: 'first'")
})

test('violations are listed by field', async ({ mock }) => {
  await send(mock, track)
  expect(mock).toHaveNoViolations()
  await send(mock, { ...track, event: '' })
  expect(mock).not.toHaveNoViolations()
  const message = complaint(() => expect(mock).toHaveNoViolations())
  expect(message).toMatch(/^1 of 2 requests are in violation of the OpenAPI document:\n {2}#\d+ trackEvent 400/)
  expect(message).toMatch(/\n {4}body event: /)
})

test('what is no mock is refused', ({ mock }) => {
  expect(mock.requests).toEqual([])
  expect(complaint(() => expect({}).toHaveReceived('trackEvent'))).toContain('for what startMock() gives')
  // @ts-expect-error -- an operation that is not in the OpenAPI document
  expect(complaint(() => expect(mock).toHaveReceived('trackEvnt'))).toContain('Nothing arrived here')
  // @ts-expect-error -- a field that the body does not have
  expect(complaint(() => expect(mock).toHaveReceived('trackEvent', { evnt: 'x' }))).toContain('Nothing arrived here')
})

describe.concurrent('tests that run at the same time on one server', () => {
  for (const name of ['one', 'two', 'three']) {
    test(`see only their own requests and faults: ${name}`, async ({ mock }) => {
      if (name === 'two') mock.fail([{ status: 503, times: Infinity }])
      const answers: number[] = []
      for (let count = 0; count < 5; count += 1) answers.push((await send(mock, { ...track, event: name })).status)
      expect(new Set(answers)).toEqual(new Set([name === 'two' ? 503 : 200]))
      expect(mock).toHaveReceivedTimes(5, 'trackEvent', { event: name })
      expect(mock).toHaveReceivedTimes(5, 'trackEvent')
    })
  }
})
