import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { append, claim, drain, entryOf, OutboxFiles } from '../../support/outbox-files.ts'

test('a file that is deleted while an end is recorded costs no event behind it: the end is recorded once', async () => {
  await using files = new OutboxFiles()
  let isDuring = false
  const now = (): number => {
    if (isDuring) rmSync(files.path(), { force: true })
    return Date.now()
  }
  const outbox = files.open({ clock: { now } })
  await append(outbox, 'a:1', 'a:2', 'a:3')
  const [head] = await claim(outbox)
  expect(head?.entry.id).toBe('a:1')
  if (!head) return
  // Both are of one turn, and so of one commit.
  isDuring = true
  const [settled, appended] = await Promise.allSettled([
    outbox.settle([[head, { kind: 'delivered' }]]),
    outbox.append([entryOf('b:1')]),
  ])
  isDuring = false
  expect(settled).toMatchObject({ value: [true] })
  expect(appended).toMatchObject({ reason: { problem: 'moved' } })
  expect((await drain(outbox)).filter((id) => id.startsWith('a'))).toEqual(['a:2', 'a:3'])
})
