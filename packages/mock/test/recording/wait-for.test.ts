import { expect, expectTypeOf, test } from 'vitest'
import { identify, post, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const send = (body: object) => post(mock(), 'email' in body ? '/customer/test' : '/events/test', JSON.stringify(body))

async function complaint(waiting: Promise<unknown>): Promise<Error> {
  return waiting.then(
    () => new Error('It was found'),
    (error: unknown) => error as Error,
  )
}

test('what has arrived already is found at once', async () => {
  await send(track)
  const exchange = await mock().waitFor({ operation: 'trackEvent', body: { event: 'button_click' } }, { timeoutMs: 0 })
  expect(exchange).toBe(mock().requests[0])
})

test('what is still to come is waited for, past others', async () => {
  const waiting = mock().waitFor({ body: { event: 'second' } }, { timeoutMs: 60_000 })
  await send({ ...track, event: 'first' })
  await send({ ...track, event: 'second' })
  expect(await waiting).toBe(mock().requests[1])
})

test('a valid exchange has the body of the OpenAPI document in its type', async () => {
  await send(track)
  const { body } = await mock().waitFor({ operation: 'trackEvent', valid: true })
  expectTypeOf(body).toEqualTypeOf<{
    customer_id: string
    event: string
    category?: string
    property?: Record<string, unknown>
  }>()
  expect(body.event).toBe('button_click')
  // @ts-expect-error -- an operation that is not in the OpenAPI document
  expect(await complaint(mock().waitFor({ operation: 'trackEvnt' }, { timeoutMs: 1 }))).toBeInstanceOf(Error)
  const [first] = mock().good
  if (first?.operation === 'trackEvent') expectTypeOf(first.body.event).toBeString()
})

test('a function may look for it, and what it throws is the answer', async () => {
  await send(identify)
  const found = await mock().waitFor((exchange) => exchange.valid && exchange.operation === 'identifyCustomer')
  expect(found.status).toBe(200)
  const thrown = mock().waitFor(() => {
    throw new Error('Not like this')
  })
  expect((await complaint(thrown)).message).toBe('Not like this')
})

test('without a time of its own it waits for five seconds', async () => {
  expect((await complaint(mock().waitFor({ status: 599 }))).message).toMatch(/^Waited 5000 ms for \{ status: 599 \}\n/)
})

test('several can be waited for, and the last of them comes back', async () => {
  const waiting = mock().waitFor({ operation: 'trackEvent' }, { times: 3, timeoutMs: 60_000 })
  for (const event of ['a', 'b', 'c']) await send({ ...track, event })
  expect((await waiting).body).toMatchObject({ event: 'c' })
  const { message } = await complaint(mock().waitFor({ operation: 'trackEvent' }, { times: 4, timeoutMs: 20 }))
  expect(message).toMatch(/^Waited 20 ms for 4 times \{ operation: 'trackEvent' \}, found 3\n/)
})

test('who waits too long is told what was nearest and what did arrive', async () => {
  await send(identify)
  await send(track)
  const wanted = { operation: 'trackEvent', body: { customer_id: 'user123', event: 'page_view' } } as const
  const error = await complaint(mock().waitFor(wanted, { timeoutMs: 20 }))
  expect(error.name).toBe('TimeoutError')
  const [first, second, third, ...list] = error.message.split('\n')
  expect(first).toContain("Waited 20 ms for { operation: 'trackEvent'")
  expect(second).toMatch(/^The nearest was #\d+: body\.event is 'button_click', not 'page_view'$/)
  expect(third).toBe('2 arrived:')
  expect(list).toHaveLength(2)
  expect(list[1]).toMatch(/^ {2}#\d+ trackEvent 200 \{ customer_id: 'user123', event: 'button_click' \}$/)
  expect(error.stack).toContain('wait-for.test.ts')
})

test('when nothing arrived, that is said', async () => {
  expect((await complaint(mock().waitFor({ status: 200 }, { timeoutMs: 1 }))).message).toContain('Nothing arrived')
})

test('good and bad tell what was right from what was wrong', async () => {
  await send(track)
  await send({ ...track, event: '' })
  await post(mock(), '/nowhere', '{}')
  expect(mock().good.map(({ body }) => body.customer_id)).toEqual(['user123'])
  expect(mock().bad.map(({ status, valid }) => [status, valid])).toEqual([
    [400, false],
    [404, false],
  ])
})
