import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { append, claim, delivered, OutboxFiles } from '../../support/outbox-files.ts'

test('while a file cannot be written, a lane to probe is found behind however many that have ended', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const ended = 1_200
  await append(outbox, ...Array.from({ length: ended }, (_, index) => `c${index}:1`), 'z:1')
  using other = new DatabaseSync(files.path())
  other.exec('BEGIN IMMEDIATE')
  expect(await delivered(outbox, ...(await claim(outbox, ended)))).toEqual(Array.from({ length: ended }, () => true))
  const probes = await outbox.claim(1, 60_000, 'fewest-attempts')
  expect(probes.map(({ entry }) => entry.id)).toEqual(['z:1'])
})
