import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { entryOf, OutboxFiles } from '../../support/outbox-files.ts'

/** Somebody who reads the file, and sees it as it was when they began. */
function reader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true })
  db.exec('BEGIN')
  db.prepare('SELECT count(*) FROM event').get()
  return db
}

/** The files that still know the customer. */
function tracesIn(files: OutboxFiles): string[] {
  return readdirSync(files.directory).filter((name) => readFileSync(files.path(name), 'latin1').includes('zebra'))
}

const entries = Array.from({ length: 30 }, (_, index) => entryOf(`zebra:${index}`, { body: 'zebra '.repeat(500) }))

test('what was forgotten while somebody reads leaves every file once they have read', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([...entries, entryOf('a:1')])
  const reading = reader(files.path())
  expect(await outbox.forget('zebra')).toEqual({ pending: 30, dead: 0 })
  expect(tracesIn(files)).not.toEqual([])
  expect(await outbox.append([entryOf('a:2')])).toEqual(['stored'])
  reading.close()
  await expect.poll(() => tracesIn(files)).toEqual([])
  expect(await outbox.counts()).toEqual({ pending: 2, dead: 0 })
})

test('what was forgotten while somebody reads until after the end of the process leaves with the next one', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([...entries, entryOf('a:1')])
  const reading = reader(files.path())
  await outbox.forget('zebra')
  await outbox.close()
  expect(tracesIn(files)).not.toEqual([])
  reading.close()
  const next = files.open()
  expect(await next.counts()).toEqual({ pending: 1, dead: 0 })
  expect(tracesIn(files)).toEqual([])
})
