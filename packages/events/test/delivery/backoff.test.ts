import { expect, test } from 'vitest'
import { retryAfterMs } from '../../src/http/retry-after.ts'
import { backoffMs } from '../../src/platform/backoff.ts'

const nowMs = Date.parse('2026-01-01T00:00:00Z')
const asked = (value: string, date?: string) =>
  retryAfterMs({ 'retry-after': value, ...(date !== undefined && { date }) }, nowMs)

test('an answer without Retry-After asks for nothing', () => {
  expect(retryAfterMs({}, nowMs)).toBeUndefined()
})

test.each([
  ['1', 1_000],
  ['2', 2_000],
  ['120', 120_000],
  ['007', 7_000],
  ['  3 ', 3_000],
  ['86400', 86_400_000],
])('seconds are taken as they are: %j', (value, ms) => {
  expect(asked(value)).toBe(ms)
})

test('no answer makes it wait less than a second', () => {
  expect(asked('0')).toBe(1_000)
  expect(asked('00')).toBe(1_000)
  expect(asked('Thu, 01 Jan 2026 00:00:00 GMT')).toBe(1_000)
  expect(asked('Wed, 31 Dec 2025 00:00:00 GMT')).toBe(1_000)
})

test('a date is measured against the Date of the same answer, whatever the time here', () => {
  expect(asked('Fri, 05 Jun 2020 10:00:30 GMT', 'Fri, 05 Jun 2020 10:00:00 GMT')).toBe(30_000)
  expect(asked('Mon, 01 Jan 2035 00:02:00 GMT', 'Mon, 01 Jan 2035 00:00:00 GMT')).toBe(120_000)
  expect(asked('Fri, 05 Jun 2020 10:00:00 GMT', 'Fri, 05 Jun 2020 10:00:30 GMT')).toBe(1_000)
})

test.each([undefined, '', 'soon', '0', 'Sun'])('without a Date that can be read, the time here counts: %j', (date) => {
  expect(asked('Thu, 01 Jan 2026 00:00:45 GMT', date)).toBe(45_000)
})

test('the other two forms of an HTTP date are understood', () => {
  expect(asked('Thursday, 01-Jan-26 00:00:45 GMT')).toBe(45_000)
  expect(asked('Thu Jan  1 00:00:45 2026 GMT')).toBe(45_000)
})

const nonsense = [
  ['', ' ', '-5', '+5', '1.5', '1,5', '1, 2', '1e3', '0x10', 'Infinity', 'NaN', 'null', 'soon', '5s', '5 seconds'],
  ['5m', '٣', '2026-01-01', '2026-01-01T00:01:00Z', 'Jan 1 2026 00:01:00', 'Thu', 'Thu, 99 Foo 2026'],
  ['31536001', '99999999999999999999', '9'.repeat(400), 'Thu, 01 Jan 2099 00:00:00 GMT'],
].flat()

test.each(nonsense)('nonsense is ignored: %j', (value) => {
  expect(asked(value)).toBeUndefined()
})

test('backoff grows from the base to the cap, with full jitter', () => {
  const backoff = { baseMs: 500, capMs: 30_000 }
  for (let n = 0; n < 12; n++) {
    const most = Math.min(30_000, 500 * 2 ** n)
    const waits = Array.from({ length: 400 }, () => backoffMs(backoff, n))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...waits)).toBeLessThanOrEqual(most)
    // 400 even draws miss a tenth at either end once in 10^18 runs.
    expect(Math.min(...waits)).toBeLessThan(most / 10)
    expect(Math.max(...waits)).toBeGreaterThan((most * 9) / 10)
  }
})

test('backoff keeps to the cap however often it was tried', () => {
  for (const n of [100, 1_023, 1_024, 5_000]) {
    expect(backoffMs({ baseMs: 500, capMs: 30_000 }, n)).toBeLessThanOrEqual(30_000)
  }
  expect(backoffMs({ baseMs: 500, capMs: 0 }, 3)).toBe(0)
  expect(backoffMs({ baseMs: 500, capMs: 10 }, 0)).toBeLessThanOrEqual(10)
  expect(backoffMs({ baseMs: 0, capMs: 30_000 }, 3)).toBe(0)
})

test('a base of nothing stays nothing, after any number of attempts', () => {
  expect(backoffMs({ baseMs: 0, capMs: 100 }, 5_000)).toBe(0)
})

test.each(['Mon 5', 'Sunset 5', 'Friday'])('%s begins like a date and is none', (value) => {
  expect(asked(value)).toBeUndefined()
})
