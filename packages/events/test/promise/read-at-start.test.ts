import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { append, drain, OutboxFiles } from '../support/outbox-files.ts'

test('a program that goes on reading the file keeps no process that starts from storing and delivering', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  await first.close()
  using reader = new DatabaseSync(files.path(), { readOnly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM event').get()
  const outbox = files.open()
  expect(await append(outbox, 'b:1')).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(['a:1', 'b:1'])
})
