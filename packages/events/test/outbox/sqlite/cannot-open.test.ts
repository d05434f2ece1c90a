import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EventTracker, OutboxError } from '../../../src/index.ts'
import { ok, serve } from '../../support/server.ts'
import { Children } from '../../promise/support/child.ts'
import { answering, PlainOutbox } from '../../promise/support/plain-outbox.ts'
import { watch } from '../../promise/support/rest.ts'
import { World } from '../../promise/support/world.ts'

let world: World
let children: Children

beforeAll(() => {
  children = new Children()
})
afterAll(() => children[Symbol.dispose]())
beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const waits: readonly [string, (tracker: EventTracker) => PromiseLike<unknown>][] = [
  ['flush', (tracker) => tracker.flush()],
  ['start', (tracker) => tracker.start()],
  ['an event', (tracker) => tracker.trackEvent('alice', 'x').settled()],
  ['deadLetters', (tracker) => tracker.deadLetters().catch(() => undefined)],
  ['shutdown', (tracker) => tracker.shutdown()],
]

describe.each(waits)('after %s, with an outbox that cannot be opened,', (_first, first) => {
  test.each(waits)('%s settles at once', async (_second, second) => {
    const outbox = new PlainOutbox(() => world.clock.now())
    answering(outbox, 'counts', () => Promise.reject(new OutboxError('missing', 'no such directory')))
    const tracker = world.tracker({ outbox })
    const both = watch(Promise.resolve(first(tracker)).then(() => second(tracker)))
    await world.pass(0)
    expect(both.state).toBe('resolved')
  })
})

const failing = "onError: () => undefined, outbox: sqliteOutbox(path + '/missing/events.db')"

test('a process whose outbox cannot be opened flushes, shuts down and ends', async () => {
  await using server = await serve(ok)
  const { ended } = children.run(
    server.url,
    `const tracker = new EventTracker({ ${failing} })
     tracker.trackEvent('alice', 'x')
     await tracker.flush()
     console.log(JSON.stringify(await tracker.shutdown()))`,
  )
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"rejected":1') as string })
})

test('a flush in beforeExit lets a process end whose outbox cannot be opened', async () => {
  await using server = await serve(ok)
  const { ended } = children.run(
    server.url,
    `const tracker = new EventTracker({ ${failing} })
     let rounds = 0
     process.on('beforeExit', () => {
       if (++rounds > 50) process.exit(3)
       void tracker.flush()
     })
     await tracker.trackEvent('alice', 'x').settled()`,
  )
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})
