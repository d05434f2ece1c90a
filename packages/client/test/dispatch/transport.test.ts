import { describe, expect, test } from 'vitest'
import { createEventsClient } from '../../src/index.node.ts'
import { dispatcherCases, transportCases } from '../support/transport-cases.ts'

describe.each(['auto', 'fetch'] as const)('with transport %s', (transport) => {
  test.each(Object.entries(transportCases))('%s', async (_, run) => {
    const running = run((baseUrl) => createEventsClient({ baseUrl, token: null, transport }))
    await expect(running).resolves.toBeUndefined()
  })
})

test.each(Object.entries(dispatcherCases))('%s', async (_, run) => {
  const running = run((baseUrl) => createEventsClient({ baseUrl, token: null }))
  await expect(running).resolves.toBeUndefined()
})
