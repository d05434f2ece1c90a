import { existsSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EventTracker } from '../../../src/index.ts'
import { append, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

test('a file that is deleted at rest: whoever closes the outbox hears where its events are', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'a:2')
  rmSync(files.path())
  const failure = await failureOf(outbox.close())
  expect(failure).toMatchObject({ name: 'OutboxError', problem: 'moved' })
  expect((failure as Error).message).toContain('events.db-rescued-1')
  expect(await drain(files.open({}, 'events.db-rescued-1'))).toEqual(['a:1', 'a:2'])
  // Told once, and all is closed.
  expect(await outbox.close()).toBeUndefined()
})

test('a file that is deleted at rest: the log of the tracker says where its events are', async () => {
  await using files = new OutboxFiles()
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const tracker = new EventTracker({
    token: 'radioactive',
    outbox: files.open(),
    fetch: () => Promise.reject(new TypeError('no network')),
    logger: { warn: say, error: say },
  })
  await tracker.trackEvent('ann', 'page_view').stored
  rmSync(files.path())
  await tracker.shutdown({ timeoutMs: 1_000 })
  expect(existsSync(files.path('events.db-rescued-1'))).toBe(true)
  expect(said.join('\n')).toContain('events.db-rescued-1')
})

test('a file that is deleted at rest with nothing in it is nothing to hear of', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  await drain(outbox)
  rmSync(files.path())
  expect(await outbox.close()).toBeUndefined()
})
