import { describe, expect, test } from 'vitest'
import { createEventsClient, type EventsClientOptions } from '../../src/index.node.ts'
import { dispatcherCases, transportCases } from '../support/transport-cases.ts'

describe.each<[string, Partial<EventsClientOptions>]>([
  ['transport auto', { transport: 'auto' }],
  ['transport fetch', { transport: 'fetch' }],
  ['a fetch of its own', { fetch: (url, init) => fetch(url, init) }],
])('with %s', (_way, options) => {
  test.each(Object.entries(transportCases))('%s', async (_, run) => {
    const running = run((baseUrl) => createEventsClient({ baseUrl, token: null, ...options }))
    await expect(running).resolves.toBeUndefined()
  })
})

test.each(Object.entries(dispatcherCases))('%s', async (_, run) => {
  const running = run((baseUrl) => createEventsClient({ baseUrl, token: null }))
  await expect(running).resolves.toBeUndefined()
})
