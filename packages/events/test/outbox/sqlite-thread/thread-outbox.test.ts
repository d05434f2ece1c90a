import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import { EventTracker, type Outbox } from '../../../src/index.ts'
import { sqliteOutbox, type SqliteOutboxOptions } from '../../../src/outbox/sqlite/sqlite.ts'
import { sqliteThreadOutbox } from '../../../src/outbox/sqlite-thread/sqlite-thread.ts'
import { append, claim, delivered, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { ok, serve } from '../../support/server.ts'

const threads = createRequire(import.meta.url)('node:worker_threads') as typeof import('node:worker_threads')

afterEach(() => vi.restoreAllMocks())

/** Watches what is sent to threads, and by which. */
function watchMessages() {
  const posted = vi.spyOn(threads.Worker.prototype, 'postMessage')
  return {
    get count() {
      return posted.mock.calls.length
    },
    get worker() {
      return posted.mock.contexts.at(-1) as Worker
    },
  }
}

/** From now on nobody hears a thread. Resolves when it has answered. */
function silence(worker: Worker): Promise<void> {
  const emit = worker.emit.bind(worker)
  return new Promise((answered) => {
    vi.spyOn(worker, 'emit').mockImplementation((name, ...given) => {
      if (name !== 'message') return emit(name, ...given)
      answered()
      return true
    })
  })
}

function open(files: OutboxFiles, options: SqliteOutboxOptions = {}): Outbox {
  return files.add(sqliteThreadOutbox(files.path(), options))
}

test('the calls of one turn travel in one message, and are answered in their order', async () => {
  await using files = new OutboxFiles()
  const messages = watchMessages()
  const outbox = open(files)
  const answered: string[] = []
  const names = Array.from({ length: 20 }, (_, index) => `a:${index}`)
  const calls = [...names.map((name) => outbox.append([entryOf(name)])), outbox.dueInMs(), outbox.counts()]
  const heard = calls.map((call, index) =>
    (call as Promise<unknown>).then(() => answered.push(names[index] ?? `call ${index}`)),
  )
  await Promise.all(heard)
  expect(messages.count).toBe(1)
  expect(answered).toEqual([...names, 'call 20', 'call 21'])
})

/** The same trouble for two outboxes, each in files of its own. */
const troubles: Record<string, (files: OutboxFiles, make: typeof sqliteOutbox) => Promise<unknown>> = {
  'a file of another program': async (files, make) => {
    writeFileSync(files.path(), 'a letter to somebody')
    return failureOf(append(files.add(make(files.path())), 'a:1'))
  },
  'a directory that is not there': (files, make) =>
    failureOf(append(files.add(make(files.path('none/events.db'))), 'a:1')),
  'an owner that does not go': async (files, make) => {
    await append(files.open(), 'a:1')
    return failureOf(append(files.add(make(files.path(), { ownerTimeoutMs: 10 })), 'a:2'))
  },
  'a file that is full': async (files, make) => {
    const outbox = files.add(make(files.path(), { maxBytes: 65_536 }))
    return failureOf(outbox.append([entryOf('a:1', { body: 'x'.repeat(100_000) })]))
  },
  'an entry that it cannot store': (files, make) =>
    failureOf(files.add(make(files.path())).append([entryOf('a:1', { acceptedAt: 'now' as unknown as number })])),
  'a change of what it only reads': async (files, make) => {
    await append(files.open(), 'a:1')
    return failureOf(append(files.add(make(files.path(), { readOnly: true })), 'a:1'))
  },
  'a call after it was closed': async (files, make) => {
    const outbox = make(files.path())
    await append(outbox, 'a:1')
    await outbox.close()
    return failureOf(append(outbox, 'a:1'))
  },
}

/** All that is to be seen of an error, but where it was made. */
function shown(error: unknown, directory: string): object {
  if (!(error instanceof Error)) throw new Error('expected an error')
  const { constructor, message, cause } = error
  const inner = cause === undefined ? undefined : shown(cause, directory)
  const seen = { ...Object.fromEntries(Object.entries(error)), class: constructor.name, message, cause: inner }
  return JSON.parse(JSON.stringify(seen).replaceAll(directory, '…')) as object
}

test.each(Object.entries(troubles))('%s makes the same error as in the same thread', async (_name, trouble) => {
  await using ours = new OutboxFiles()
  await using theirs = new OutboxFiles()
  const inThread = shown(await trouble(ours, sqliteThreadOutbox), ours.directory)
  expect(inThread).toEqual(shown(await trouble(theirs, sqliteOutbox), theirs.directory))
  expect(['OutboxError', 'ConfigurationError', 'ClosedError']).toContain((inThread as { class: string }).class)
})

test('what is wrong with its path or options is told at once, under its own name', () => {
  expect(() => sqliteThreadOutbox(':memory:')).toThrow(/path of an outbox must name a file/)
  expect(() => sqliteThreadOutbox('events.db', { maxBytes: 1 })).toThrow(
    'sqliteThreadOutbox: maxBytes must be an integer',
  )
})

test('what cannot be sent to a thread is refused, and everything else of that turn is carried out', async () => {
  await using files = new OutboxFiles()
  const outbox = open(files)
  const body = (() => 'nothing that can be sent') as unknown as string
  const calls = [append(outbox, 'a:1'), failureOf(outbox.append([entryOf('a:2', { body })])), append(outbox, 'a:3')]
  expect(await Promise.all(calls)).toMatchObject([['stored'], { code: 'outbox', problem: 'entry' }, ['stored']])
  expect(await drain(outbox)).toEqual(['a:1', 'a:3'])
})

test('a claim that was settled, or lent again, or erased with its customer, has no say any more', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const outbox = open(files, { clock: { now: () => time.ms } })
  await append(outbox, 'a:1', 'b:1', 'c:1')
  const [a, b, c] = await claim(outbox)
  expect(await delivered(outbox, ...(a ? [a] : []))).toEqual([true])
  await outbox.forget('b')
  time.ms += 60_001
  const again = await claim(outbox)
  expect(again.map(({ entry }) => entry.id)).toEqual(['c:1'])
  expect(await delivered(outbox, ...[a, b, c, ...again].flatMap((each) => each ?? []))).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('an outbox that is closed has ended its thread, and one that was never used has none', async () => {
  await using files = new OutboxFiles()
  const messages = watchMessages()
  await open(files).close()
  expect(messages.count).toBe(0)
  const outbox = open(files)
  await append(outbox, 'a:1')
  await Promise.all([outbox.close(), outbox.close()])
  expect(messages.worker.threadId).toBe(-1)
})

test('a thread that dies is told to all that wait for it, and the next call goes on with another one', async () => {
  await using files = new OutboxFiles()
  const messages = watchMessages()
  const outbox = open(files)
  await append(outbox, 'a:1', 'b:1')
  const [a] = await claim(outbox, 1)
  const waiting = [failureOf(append(outbox, 'a:2')), failureOf(outbox.counts())]
  await messages.worker.terminate()
  for (const failure of await Promise.all(waiting)) {
    expect(failure).toMatchObject({ code: 'outbox', problem: 'io', retryable: true })
    expect(String(failure)).toContain('ended by itself')
  }
  expect(await delivered(outbox, ...(a ? [a] : []))).toEqual([false])
  expect(await drain(outbox)).toEqual(['a:1', 'b:1'])
})

test.each([undefined, 'job-1'])(
  'an event that a thread has stored which died before it said so is stored, sent and counted once (id %s)',
  async (id) => {
    await using files = new OutboxFiles()
    await using server = await serve(ok)
    const messages = watchMessages()
    const tracker = new EventTracker({ token: 'secret', baseUrl: server.url, outbox: open(files) })
    await tracker.start()
    const worker = messages.worker
    const answered = silence(worker)
    const delivery = tracker.trackEvent('user123', 'button_click', id === undefined ? {} : { id })
    await answered
    await worker.terminate()
    expect(await delivery.settled()).toMatchObject({ outcome: 'delivered' })
    const counts = { accepted: 1, delivered: 1, rejected: 0, dropped: 0, dead: 0, pending: 0 }
    expect(await tracker.shutdown({ timeoutMs: 5_000 })).toEqual(counts)
    expect(server.log()).toEqual(['user123:button_click'])
  },
)

test('an event that a thread has stored which died before it said so, and that the next one lends at once, is there once', async () => {
  await using files = new OutboxFiles()
  const messages = watchMessages()
  const outbox = open(files)
  await outbox.counts()
  const worker = messages.worker
  const answered = silence(worker)
  const entries = ['a:1', 'a:2'].map((name) => entryOf(name, { hasMintedId: true }))
  const failed = failureOf(outbox.append(entries))
  await answered
  await worker.terminate()
  await failed
  const [claims, fates] = await Promise.all([claim(outbox), outbox.append(entries)])
  expect([claims.map(({ entry }) => entry.id), fates]).toEqual([['a:1'], ['pending', 'stored']])
  await delivered(outbox, ...claims)
  expect(await drain(outbox)).toEqual(['a:2'])
})

test('a claim of a thread that died has no say about what the next one has lent of the same customer', async () => {
  await using files = new OutboxFiles()
  const messages = watchMessages()
  const outbox = open(files)
  await append(outbox, 'a:1')
  const before = await claim(outbox)
  await messages.worker.terminate()
  await outbox.forget('a')
  await append(outbox, 'a:2')
  const after = await claim(outbox)
  expect(await delivered(outbox, ...before)).toEqual([false])
  expect(await delivered(outbox, ...after)).toEqual([true])
})
