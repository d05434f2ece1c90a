import { connect, createServer } from 'node:net'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { listen } from '@obsidianlaunch/testkit/listen'
import { beforeEach, expect, test } from 'vitest'
import { postgresOutbox } from '../src/index.ts'
import { Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('an outbox closes though its server does not answer any more', async () => {
  await using outboxes = await Outboxes.make()
  const address = new URL(outboxes.url)
  const port = Number(address.port)
  let [isStalled, isListening] = [false, false]
  // Half open, so that it does not say goodbye either.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(port, address.hostname)
    near.on('data', (data) => isStalled || far.write(data)).on('error', () => undefined)
    far
      .on('error', () => undefined)
      .on('data', (data) => {
        isListening ||= data.includes('LISTEN\0')
        return isStalled || near.write(data)
      })
    near.on('close', () => far.destroy())
  })
  await using proxy = await listen(server)
  address.port = String(proxy.port)
  const outbox = postgresOutbox(address.href, { timeoutMs: 3_000 })
  outbox.watch?.({ due: () => undefined, ended: () => undefined })
  await outbox.counts()
  await expect.poll(() => isListening).toBe(true)
  isStalled = true
  await expect(outbox.close()).resolves.toBeUndefined()
})
