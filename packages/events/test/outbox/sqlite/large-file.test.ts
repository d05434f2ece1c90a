import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { claim, delivered, drain, entryOf, OutboxFiles } from '../../support/outbox-files.ts'

/** A file of many pages, of which almost half are free. */
async function halfEmpty(files: OutboxFiles) {
  const outbox = files.open()
  const entries = Array.from({ length: 6_000 }, (_, index) =>
    entryOf(`c${index}:1`, { body: `"${'x'.repeat(4_000)}"` }),
  )
  await outbox.append(entries)
  await delivered(outbox, ...(await claim(outbox, 2_800)))
  return outbox
}

test('an outbox that closes gives space back to the disk a little at a time, and the process goes on meanwhile', async () => {
  await using files = new OutboxFiles()
  const outbox = await halfEmpty(files)
  let turns = 0
  let hasClosed = false
  const count = (): void => {
    turns++
    if (!hasClosed) setImmediate(count)
  }
  count()
  await outbox.close()
  hasClosed = true
  expect(turns).toBeGreaterThanOrEqual(10)
  expect(statSync(files.path()).size).toBeLessThan(3_500 * 4_096)
  expect(await drain(files.open())).toHaveLength(3_200)
})

test('an outbox that nobody waits for any more closes at once, and the next owner gives the space back', async () => {
  await using files = new OutboxFiles()
  const outbox = await halfEmpty(files)
  const closed = outbox.close()
  await outbox.close()
  await closed
  expect(statSync(files.path()).size).toBeGreaterThan(5_000 * 4_096)
  const next = files.open()
  expect(await next.counts()).toEqual({ pending: 3_200, dead: 0 })
  await next.close()
  expect(statSync(files.path()).size).toBeLessThan(3_500 * 4_096)
})
