import { readFileSync } from 'node:fs'
import type { Exchange } from '@obsidianlaunch/events-mock'
import { expect, test } from 'vitest'
import { Arrivals } from '../src/arrivals.ts'
import { faultsFor } from '../src/faults.ts'
import { plain } from '../src/say.ts'

test('the sample tells who a customer is before what the customer did', () => {
  const sample = readFileSync(new URL('../sample.ndjson', import.meta.url), 'utf8')
  const known = new Set<unknown>()
  const early = []
  for (const line of sample.split('\n')) {
    const [, type, id] = /^\{"type":"(identify|track)","customer_id":"(\w+)"/.exec(line) ?? []
    if (type === 'identify') known.add(id)
    else if (type === 'track' && !known.has(id)) early.push(line)
  }
  expect(early).toEqual([])
  expect(known.size).toBeGreaterThan(300)
})

/** Arrivals at a mock that has seen lines of customers, each answered with a status. */
function arrivals(...lines: [customer: string, line: number, status?: number][]): Arrivals {
  const requests: Exchange[] = []
  const seen = new Arrivals({ requests })
  for (const [customer, line, status = 200] of lines) {
    const headers = { 'idempotency-key': `${line}-hash-file` }
    requests.push({ status, headers, violations: [], body: { customer_id: customer } } as unknown as Exchange)
    seen.update()
  }
  return seen
}

test('order is kept while each customer’s lines come in sequence, whatever the others do', () => {
  const { events, customers, broken } = arrivals(['a', 2], ['b', 1], ['a', 5], ['b', 9])
  expect([events, customers, [...broken]]).toEqual([4, 2, []])
})

test('a line that arrives after a later one of its customer breaks the order', () => {
  const { broken } = arrivals(['a', 2], ['b', 9], ['a', 1], ['b', 8], ['b', 3])
  expect([...broken]).toEqual(['a', 'b'])
})

test('a line that arrives again, or not with success, breaks nothing and is counted once', () => {
  const { events, broken, answers } = arrivals(['a', 1, 503], ['a', 1], ['a', 2], ['a', 1])
  expect([events, [...broken], [...answers]]).toEqual([
    2,
    [],
    [
      [503, 1],
      [200, 3],
    ],
  ])
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

test('text of the network cannot steer the terminal', () => {
  expect(plain('a\u001B[2Jb\nc\u202Ed')).toBe('a·[2Jb·c·d')
})
