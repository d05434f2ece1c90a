import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { manyLines, writeLines } from './files.ts'

/** The long form has CRASH_LINES=100000 in the environment: `pnpm test:crash`. */
const lines = Number(process.env['CRASH_LINES'] ?? 5_000)
const kills = 10
/** At once on their way, and again as many whose answers were being written down. */
const mostTwiceAKill = 2 * 32

const promise = `killed ${kills} times over ${lines} lines and resumed, each line arrives, in order, and twice only what was on its way`

test.each(['', ' --outbox imports.db'])(`${promise}%s`, async (outbox) => {
  await using api = await receive()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
  writeLines(at, 'events.ndjson', manyLines(lines))
  const importing = `obsidian-events track --from events.ndjson --resume --json${outbox}`
  for (let kill = 1; kill <= kills; kill++) {
    // Each gets its part of the way, so that the last one is killed before the end.
    const wanted = Math.floor((kill * lines) / (kills + 1))
    const child = at.start(importing)
    api.answer = (_request, count) => {
      if (count >= wanted) child.kill('SIGKILL')
      return 200
    }
    await once(child, 'close')
    expect(child.signalCode).toBe('SIGKILL')
  }
  api.answer = () => 200
  const records = await at.records(importing)
  expect(records).toMatchObject([{ type: 'totals', complete: true, lines, rejected: 0, pending: 0 }])
  // What an outbox has had delivered before the journal noted it is known to it.
  const { delivered, alreadyDelivered } = records[0] ?? {}
  expect(Number(delivered) + Number(alreadyDelivered)).toBe(lines)

  const ids = new Map<string, string>()
  let twice = 0
  for (const { id, body } of api.arrivals) {
    const before = ids.get(body.event ?? '')
    if (before !== undefined) twice++
    expect(before ?? id).toBe(id)
    ids.set(body.event ?? '', id)
  }
  expect(ids.size).toBe(lines)
  expect(twice).toBeLessThanOrEqual(kills * mostTwiceAKill)
  process.stdout.write(`${lines} lines, ${kills} kills: ${twice} arrived twice, under the same id\n`)

  // Whatever came again came before what follows it: the first arrivals of a customer are in order.
  const latest = new Map<string, number>()
  const seen = new Set<string>()
  const broken = api.arrivals.filter(({ body: { customer_id: customer, event = '' } }) => {
    if (seen.has(event)) return false
    seen.add(event)
    const isLate = Number(event) < (latest.get(customer) ?? 0)
    latest.set(customer, Number(event))
    return isLate
  })
  expect(broken).toEqual([])
})
