import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { everything, importIn, sdkFor } from '../support/realm.ts'

const code = await sdkFor('everywhere')
/** The page that a framework prerenders now. It must come out the same each time, so nothing in it may ask for time or chance. */
const prerender = new AsyncLocalStorage<string>()

/** The SDK where each question for time or chance is noted, and in whose async context it was asked. */
function watched() {
  const asked: string[] = []
  const note = (question: string) => asked.push(`${question} in ${prerender.getStore() ?? 'no page'}`)
  const noting = <T extends object, K extends keyof T & string>(holder: T, name: K): T[K] => {
    const original = (holder[name] as (...given: unknown[]) => unknown).bind(holder)
    // oxlint-disable-next-line no-extra-bind -- as Next.js does it: it looks like native code then
    return ((...given: unknown[]) => (note(name), original(...given))).bind(null) as T[K]
  }
  class NotedDate extends Date {
    static override now = noting(Date, 'now')
    constructor(...given: [] | [number]) {
      if (given.length === 0) note('new Date')
      super(...(given as [number]))
    }
  }
  const { globals, sent } = everything()
  const random = { randomUUID: noting(crypto, 'randomUUID'), getRandomValues: noting(crypto, 'getRandomValues') }
  const math = Object.assign(Object.create(Math) as typeof Math, { random: noting(Math, 'random') })
  Object.assign(globals, { Date: NotedDate, crypto: random, Math: math, process: { ...process, env: {} } })
  return { asked, sent, sdk: importIn(globals, code) }
}

describe('a tracker that is not enabled', () => {
  test('asks neither clock nor chance: not at its making, not at a call, not when that is awaited', async () => {
    const { asked, sdk } = watched()
    await prerender.run('a page', async () => {
      const tracker = new sdk.EventTracker({ enabled: false })
      expect(await tracker.trackEvent('user123', 'button_click')).toHaveProperty('skipped', true)
      const settlement = await tracker.identifyCustomer('user123', { name: 'John' }).settled()
      expect(settlement.outcome).toBe('skipped')
    })
    expect(asked).toEqual([])
  })

  test('makes the id and the dates of a receipt when they are read, once', async () => {
    const { asked, sdk } = watched()
    const receipt = await new sdk.EventTracker({ enabled: false }).trackEvent('user123', 'button_click')
    const { id, acceptedAt, deliveredAt } = receipt
    expect(new Set(asked)).toEqual(new Set(['randomUUID in no page', 'now in no page']))
    expect(receipt).toMatchObject({ id, acceptedAt, deliveredAt, status: 0, attempts: 0, skipped: true })
    expect(Object.keys(receipt)).toContain('id')
    expect(asked).toHaveLength(2)
  })

  test('refuses what is not valid, and asks for nothing in the page', async () => {
    const { asked, sdk } = watched()
    await prerender.run('a page', async () => {
      const { outcome } = await new sdk.EventTracker({ enabled: false }).trackEvent('', 'button_click').settled()
      expect(outcome).toBe('rejected')
    })
    expect(asked.filter((question) => question.endsWith('in a page'))).toEqual([])
  })
})

test('a tracker that sends asks for time and chance in no page, whoever calls it and reads the id', async () => {
  const { asked, sent, sdk } = watched()
  const answer = await prerender.run('a page', async () => {
    const tracker = new sdk.EventTracker({ token: 'any-token' })
    const delivery = tracker.trackEvent('user123', 'button_click')
    expect(delivery.id).toMatch(/^[0-9a-f-]{36}$/)
    return delivery
  })
  expect(answer.status).toBe(200)
  expect(sent).toHaveLength(1)
  expect(new Set(asked)).toEqual(new Set(['now in no page', 'randomUUID in no page']))
})
