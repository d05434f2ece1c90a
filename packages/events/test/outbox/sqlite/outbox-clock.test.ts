import { expect, test } from 'vitest'
import { append, claim, OutboxFiles } from '../../support/outbox-files.ts'

test('a clock that is set back hides no lane that is due, and lengthens no wait', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const outbox = files.open({ clock: { now: () => time.ms } })
  await append(outbox, 'a:1', 'b:1')
  const [a] = await claim(outbox, 1)
  if (!a) throw new Error('nothing was lent')
  await outbox.settle([[a, { kind: 'retry', afterMs: 5_000 }]])
  time.ms -= 3_600_000
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['b:1'])
  expect(await outbox.dueInMs()).toBe(5_000)
  time.ms += 5_000
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['a:1'])
})
