import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { append, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const fs = createRequire(import.meta.url)('node:fs') as typeof import('node:fs')

/** The time after which a folder is believed when it says that nothing in it has changed. */
const restMs = 700
const events = 100

afterEach(() => vi.restoreAllMocks())

/** Counts how often a name is looked at while events are stored one after the other. */
async function looksAtNames(files: OutboxFiles, between: (event: number) => void): Promise<number> {
  const outbox = files.open()
  await append(outbox, 'a:0')
  await sleep(restMs)
  const looks = vi.spyOn(fs, 'statSync')
  for (let event = 1; event <= events; event++) {
    between(event)
    await append(outbox, `a:${event}`)
  }
  return looks.mock.calls.length
}

test('while nothing changes in its folder, the names of an outbox are looked at seldom', async () => {
  await using files = new OutboxFiles()
  expect(await looksAtNames(files, () => undefined)).toBeLessThan(2 * events)
})

test('while other files come and go in its folder, the names of an outbox are looked at around each commit', async () => {
  await using files = new OutboxFiles()
  const come = (event: number): void => writeFileSync(files.path(`other-${event}`), '')
  expect(await looksAtNames(files, come)).toBeGreaterThanOrEqual(6 * events)
})

test('an outbox whose folder is moved with all in it ends soon, and what it acknowledged is there', async () => {
  await using files = new OutboxFiles()
  mkdirSync(files.path('data/inner'), { recursive: true })
  const outbox = files.open({}, 'data/inner/events.db')
  const stored = ['a:0', 'b:0']
  await append(outbox, 'a:0')
  await sleep(restMs)
  await append(outbox, 'b:0')
  renameSync(files.path('data'), files.path('elsewhere'))
  let failure: unknown
  for (let event = 1; failure === undefined; event++) {
    failure = await failureOf(append(outbox, `a:${event}`)).catch(() => undefined)
    if (failure === undefined) stored.push(`a:${event}`)
    await sleep(10)
  }
  expect(failure).toMatchObject({ name: 'OutboxError', problem: 'moved' })
  expect(existsSync(files.path('data'))).toBe(false)
  await outbox.close()
  // The one that was refused may be there too: the loss may be found after it was written.
  const found = await drain(files.open({}, 'elsewhere/inner/events.db'))
  expect(found.filter((name) => stored.includes(name)).toSorted()).toEqual(stored.toSorted())
  expect(found.length - stored.length).toBeLessThanOrEqual(1)
})
