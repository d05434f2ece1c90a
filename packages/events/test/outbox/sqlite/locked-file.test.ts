import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { EventTracker } from '../../../src/index.ts'
import { append, claim, delivered, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

/** Another program that writes to the file, and takes its time. */
function otherProgram(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec('BEGIN IMMEDIATE')
  return db
}

/** The event loop turns a few times, which nothing keeps it from. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await turn()
}

test('an event that comes while another program writes to the file waits, and is stored in its order', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  let answered = 0
  const appended: Promise<readonly string[]>[] = []
  const other = otherProgram(files.path())
  for (let index = 2; index < 5; index++) {
    const call = append(outbox, `a:${index}`)
    appended.push(call)
    call.then(
      () => answered++,
      () => answered++,
    )
    // Each comes in a turn of its own.
    await turns()
  }
  expect(answered).toBe(0)
  other.close()
  for (const call of appended) expect(await call).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(Array.from({ length: 4 }, (_, index) => `a:${index + 1}`))
})

test('after two seconds all that wait for another program are told so, and what comes later is stored', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  const other = otherProgram(files.path())
  const first = failureOf(append(outbox, 'a:2'))
  await turns()
  const second = failureOf(append(outbox, 'a:3'))
  const counts = outbox.counts()
  expect(await first).toMatchObject({ name: 'OutboxError', problem: 'busy', retryable: true })
  expect(await second).toMatchObject({ problem: 'busy' })
  expect(await counts).toEqual({ pending: 1, dead: 0 })
  other.close()
  expect(await append(outbox, 'a:4')).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(['a:1', 'a:4'])
})

test('what is stored is delivered while another program writes to the file, and its end is written afterwards', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'a:2', 'b:1')
  const other = otherProgram(files.path())
  const heads = await claim(outbox)
  expect(heads.map(({ entry }) => entry.id)).toEqual(['a:1', 'b:1'])
  expect(await delivered(outbox, ...heads)).toEqual([true, true])
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['a:2'])
  other.close()
  expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
  await outbox.close()
  expect(await drain(files.open())).toEqual(['a:2'])
})

test('a file that another program writes to is opened once it lets go, and closed in any case', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  await first.close()
  const outbox = files.open()
  const other = otherProgram(files.path())
  const stored = Promise.allSettled([append(outbox, 'a:2')])
  await turns()
  other.close()
  expect(await stored).toEqual([{ status: 'fulfilled', value: ['stored'] }])
  const another = otherProgram(files.path())
  await outbox.close()
  another.close()
})

test('an outbox that is closed once more no longer waits for another program, and its file is free at once', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  const heads = await claim(outbox)
  using other = otherProgram(files.path())
  const refused = failureOf(append(outbox, 'a:2'))
  const recorded = delivered(outbox, ...heads)
  await turns()
  const closed = failureOf(outbox.close())
  await turns()
  const unclosed = Symbol('not closed')
  expect(await Promise.race([closed, turns().then(() => unclosed)])).toBe(unclosed)
  const closedAgain = outbox.close()
  expect(await Promise.race([closed, turns().then(() => unclosed)])).toMatchObject({ problem: 'busy' })
  await closedAgain
  expect(await refused).toMatchObject({ problem: 'busy' })
  expect(await recorded).toEqual([true])
  other.close()
  expect(await append(files.open({ ownerTimeoutMs: 0 }), 'b:1')).toEqual(['stored'])
})

test('a shutdown that has come to its deadline leaves nothing behind that waits for another program', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  using other = otherProgram(files.path())
  const tracker = new EventTracker({ token: 'secret', outbox, fetch: () => new Promise(() => undefined) })
  const delivery = tracker.trackEvent('b', 'stored too late')
  await tracker.shutdown({ timeoutMs: 50 })
  expect(await delivery.settled()).toMatchObject({ error: { kept: false } })
  await turns()
  other.close()
  const next = files.open({ ownerTimeoutMs: 0 })
  expect(await drain(next)).toEqual(['a:1'])
})
