import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { claim, drain, entryOf, OutboxFiles } from '../../support/outbox-files.ts'

/** More than are written in one go once the file is free. */
const customers = Array.from({ length: 1_200 }, (_, index) => `c${index}`)
const last = 'c1199'

/** An outbox whose entries all died while another program held its file. */
async function diedAhead(files: OutboxFiles) {
  const outbox = files.open()
  await outbox.append(customers.map((customer) => entryOf(`${customer}:1`)))
  using other = new DatabaseSync(files.path())
  other.exec('BEGIN IMMEDIATE')
  const heads = await claim(outbox, customers.length)
  await outbox.settle(heads.map((head) => [head, { kind: 'dead', reason: 'refused', attempts: 1, status: 400 }]))
  return outbox
}

test('the id of an event that died while its file was held may be used again at once: the new event is stored and sent', async () => {
  await using files = new OutboxFiles()
  const outbox = await diedAhead(files)
  expect(await outbox.append([entryOf(`${last}:1`, { body: '"again"' })])).toEqual(['stored'])
  expect(await outbox.counts()).toEqual({ pending: 1, dead: customers.length })
  expect(await drain(outbox)).toEqual([`${last}:1`])
})

test('an erasure counts what died while the file was held', async () => {
  await using files = new OutboxFiles()
  const outbox = await diedAhead(files)
  expect(await outbox.forget(last)).toEqual({ pending: 0, dead: 1 })
  expect(await outbox.counts()).toEqual({ pending: 0, dead: customers.length - 1 })
})
