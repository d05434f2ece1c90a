import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Outbox } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { hang } from '@obsidianlaunch/testkit/api'
import { describe, expect, test } from 'vitest'
import { createAdmin } from '../src/admin.ts'
import { problemOf, type Running, running } from './support/relay.ts'

const event = { customer_id: 'user123', event: 'button_click' }

function newFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'relay-')), 'events.db')
}

async function isReady(relay: Running): Promise<boolean> {
  return (await fetch(`${relay.url}/readyz`)).status === 200
}

/** An outbox in a file that does not begin to store before it is let. */
function heldOutbox(): { outbox: Outbox; letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const outbox = new Proxy(sqliteOutbox(newFile()), {
    get: (real, name) => {
      if (name === 'append') return async (entries: never) => promise.then(() => real.append(entries))
      const value: unknown = Reflect.get(real, name)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
  return { outbox, letGo: resolve }
}

describe('A relay is ready', () => {
  test('from its start to its stop, however often it is told', async () => {
    await using relay = await running()
    await Promise.all([relay.relay.start(), relay.relay.start()])
    expect(await isReady(relay)).toBe(true)
    const [one, other] = await Promise.all([relay.relay.stop(), relay.relay.stop({ timeoutMs: 1_000 })])
    expect(one).toEqual(other)
    await relay.relay.start()
    expect(await isReady(relay)).toBe(false)
    expect((await problemOf(await relay.post())).name).toBe('closing')
  })

  test('no more once its tracker was shut down by somebody else', async () => {
    await using relay = await running()
    await relay.tracker.shutdown()
    expect(await isReady(relay)).toBe(false)
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([503, 'closing'])
  })

  test.each([true, false])('without an outbox as with one (%s), and the admin says the same', async (isDirect) => {
    await using relay = await running({ isDirect })
    const admin = createAdmin(relay.tracker)
    const says = async () => (await admin.fetch(new Request('http://localhost/readyz'))).status === 200
    expect([await isReady(relay), await says()]).toEqual([true, true])
    await relay.relay.stop()
    expect([await isReady(relay), await says()]).toEqual([false, false])
    admin.close()
  })

  test('once its outbox can be opened, with nothing more done than asking whether it is', async () => {
    const file = join(dirname(newFile()), 'later', 'events.db')
    await using relay = await running({ tracker: { outbox: sqliteOutbox(file) } })
    expect(await isReady(relay)).toBe(false)
    mkdirSync(dirname(file))
    await expect.poll(() => isReady(relay)).toBe(true)
  })

  test('not because a client has sent nonsense while its outbox is full; a clock that is set back does not matter', async () => {
    let now = 5_000_000
    const outbox = sqliteOutbox(newFile(), { maxBytes: 131_072 })
    await using relay = await running({
      api: hang,
      tracker: { outbox },
      relay: { anyone: true, clock: { now: () => now } },
    })
    const large = { ...event, property: { text: 'x'.repeat(30_000) } }
    while ((await relay.post(large)).status === 200);
    expect((await relay.post({ ...event, customer_id: ' ' })).status).toBe(422)
    expect(await isReady(relay)).toBe(false)
    now -= 3_600_000
    expect(await isReady(relay)).toBe(true)
  })
})

test('An event that could never be stored is its client’s fault, and no reason to send others elsewhere', async () => {
  const small = { tracker: { queue: { maxBytes: 1_024 } } }
  await using relay = await running(small)
  const refused = await relay.post({ ...event, property: { text: 'x'.repeat(2_000) } })
  expect([refused.status, (await problemOf(refused)).name]).toEqual([413, 'too-large'])
  expect(await isReady(relay)).toBe(true)
})

describe('stop', () => {
  test('and an event that is being stored: it is answered as it is', async () => {
    const { outbox, letGo } = heldOutbox()
    await using relay = await running({ api: hang, tracker: { outbox } })
    const answer = relay.post()
    await expect.poll(() => relay.tracker.stats().pending).toBe(1)
    const stopped = relay.relay.stop({ timeoutMs: 60_000 })
    letGo()
    expect((await answer).status).toBe(200)
    await relay.tracker.shutdown({ timeoutMs: 0 })
    expect(await stopped).toMatchObject({ accepted: 1, pending: 1 })
  })

  test('before start ends, too', async () => {
    await using relay = await running()
    expect(await relay.relay.stop()).toMatchObject({ accepted: 0 })
  })

  test('has an end under a storm of requests', async () => {
    await using relay = await running()
    const over = new AbortController()
    const storm = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) await relay.post().catch(() => undefined)
    })
    await relay.post()
    const report = await relay.relay.stop()
    over.abort()
    await Promise.all(storm)
    expect(report.accepted).toBe(report.delivered)
  })
})

describe('One Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'order-1' }

  test('from two connections at once is one event', async () => {
    await using relay = await running()
    const answers = await Promise.all([1, 2, 3].map(() => relay.post(event, { headers })))
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
      Array.from({ length: 3 }, () => ({ id: 'order-1', stored: true })),
    )
    await relay.tracker.flush()
    expect(relay.api.arrivals).toHaveLength(1)
  })

  test('from two connections at once with different events is one event and a conflict', async () => {
    await using relay = await running()
    const answers = await Promise.all(['a', 'b'].map((name) => relay.post({ ...event, event: name }, { headers })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422])
    await relay.tracker.flush()
    expect(relay.api.arrivals).toHaveLength(1)
  })

  test('may be sent again while the first try is stuck, and after it was refused, and is one event', async () => {
    const { outbox, letGo } = heldOutbox()
    await using relay = await running({ tracker: { outbox }, relay: { anyone: true, answerTimeoutMs: 5_000 } })
    const [first, early] = [relay.post(event, { headers }), relay.post(event, { headers })]
    expect([(await first).status, (await early).status]).toEqual([503, 503])
    const late = relay.post(event, { headers })
    letGo()
    expect((await late).status).toBe(200)
    expect((await relay.post({ ...event, event: 'other' }, { headers })).status).toBe(422)
    await relay.tracker.flush()
    expect(relay.api.arrivals.map(({ id }) => id)).toEqual(['order-1'])
  })

  test('of a customer who was forgotten is free again', async () => {
    await using relay = await running({ api: hang })
    await relay.post(event, { headers })
    await relay.tracker.forget('user123')
    expect((await relay.post({ ...event, event: 'other' }, { headers })).status).toBe(200)
  })

  test('of an event that was delivered is not free for another', async () => {
    await using relay = await running()
    await relay.post(event, { headers })
    await relay.tracker.flush()
    expect((await relay.post(event, { headers })).status).toBe(200)
    expect((await relay.post({ ...event, event: 'other' }, { headers })).status).toBe(422)
    expect(relay.api.arrivals).toHaveLength(1)
  })
})
