import { expect, test, vi } from 'vitest'
import { append, OutboxFiles } from '../../support/outbox-files.ts'

const { setTimeout } = globalThis

test('fake timers that come and go while an outbox waits for its owner to end do not keep it waiting', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  vi.useFakeTimers()
  const second = files.open()
  const counts = second.counts()
  try {
    // Long enough for it to look at the file, and to wait.
    await new Promise((passed) => setTimeout(passed, 50))
  } finally {
    vi.useRealTimers()
  }
  await first.close()
  expect(await counts).toEqual({ pending: 1, dead: 0 })
})
