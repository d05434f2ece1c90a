import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { type MockView, startMock } from '../../src/index.ts'
import { post, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const valid = JSON.stringify(track)
const send = (headers: Record<string, string>) => post(mock(), '/events/test', valid, headers)
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const counts = (...views: MockView[]) => views.map(({ requests }) => requests.length)

test('a part sees only the requests with its token, the mock sees all', async () => {
  const [one, other] = [mock().isolate(), mock().isolate({ token: 'of-my-own' })]
  await send(bearer(one.token))
  await send({ Authorization: `bearer ${one.token}` })
  await send(bearer('of-my-own'))
  await send(bearer('of-nobody'))
  expect(counts(one, other, mock())).toEqual([2, 1, 4])
  one.reset()
  expect(counts(one, other, mock())).toEqual([0, 1, 4])
})

test('a part may be told by headers instead', async () => {
  const part = mock().isolate({ headers: { 'X-Test': 'seven' } })
  await send({ 'x-test': 'seven' })
  await send({ 'x-test': 'eight' })
  expect(counts(part)).toEqual([1])
})

test('the faults of a part strike its own requests, and come before those of the mock', async () => {
  const part = mock().isolate()
  part.fail([{ status: 503 }, { pass: 1 }])
  mock().fail([{ status: 500, times: Infinity }])
  const statuses: number[] = []
  for (const token of ['other', part.token, part.token, part.token]) statuses.push((await send(bearer(token))).status)
  expect(statuses).toEqual([500, 503, 200, 500])
  part.reset()
  expect((await send(bearer(part.token))).status).toBe(500)
})

test('a part that is closed, or whose block ends, sees nothing more', async () => {
  const part = mock().isolate()
  part.close()
  await send(bearer(part.token))
  const seen: MockView[] = []
  {
    using brief = mock().isolate({ token: 'of-the-block' })
    seen.push(brief)
    await send(bearer(brief.token))
  }
  await send(bearer('of-the-block'))
  expect(counts(part, ...seen, mock())).toEqual([0, 1, 3])
})

test('a part cannot refuse the connections of all', () => {
  expect(() => mock().isolate().fail(['refuse'])).toThrow("'refuse' is for all requests to the mock")
})

test('the token of a part is in no record', async () => {
  const part = mock().isolate({ token: 'very-secret' })
  await send(bearer('very-secret'))
  expect(inspect([part.requests, mock().requests], { depth: 9 })).not.toContain('very-secret')
})

test('with a seed, dates, tokens and chances are the same at each run', async () => {
  const runs: unknown[] = []
  for (let count = 0; count < 2; count += 1) {
    await using seeded = await startMock({ seed: 42 })
    seeded.fail([{ status: 503, rate: 0.5, times: Infinity }])
    const tokens = [seeded.isolate().token, seeded.isolate().token]
    for (let at = 0; at < 20; at += 1) await post(seeded, '/events/test', valid)
    runs.push([tokens, seeded.requests.map(({ at, status, durationMs, seq }) => [at, status, durationMs, seq])])
  }
  expect(runs[0]).toEqual(runs[1])
  const [, records] = runs[0] as [string[], [string, number][]]
  expect(records[0]?.[0]).toBe('2030-01-01T00:00:00.000Z')
  expect(new Set(records.map(([, status]) => status))).toEqual(new Set([200, 503]))
})

test('a clock of your own dates the records', async () => {
  await using dated = await startMock({ now: () => Date.UTC(2026, 0, 2) })
  await post(dated, '/events/test', valid)
  expect(dated.requests[0]).toMatchObject({ at: '2026-01-02T00:00:00.000Z', durationMs: 0 })
})

test('records are bounded in number and in bytes, and the latest one always stays', async () => {
  await using few = await startMock({ maxRecords: 3 })
  await using light = await startMock({ maxBytes: 20_000 })
  for (let at = 0; at < 5; at += 1) {
    const body = JSON.stringify({ ...track, event: `${at}`.repeat(8000) })
    await post(few, '/events/test', body)
    await post(light, '/events/test', body)
  }
  expect(few.requests.map(({ seq }) => seq)).toEqual([3, 4, 5])
  expect(light.requests.map(({ seq }) => seq)).toEqual([4, 5])
  await post(light, '/events/test', JSON.stringify({ ...track, event: 'x'.repeat(50_000) }))
  expect(light.requests.map(({ seq }) => seq)).toEqual([6])
})
