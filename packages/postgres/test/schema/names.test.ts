import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/index.ts'
import { entry, lend, Outboxes } from '../support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('a schema may have any name that is allowed, also one that is a word of SQL', async () => {
  await using outboxes = await Outboxes.make()
  for (const schema of ['order', 'user', '_', 'a'.repeat(63)]) {
    expect(await migrate(outboxes.url, { schema })).toMatchObject({ from: 0 })
    expect(await migrate(outboxes.url, { schema })).not.toMatchObject({ from: 0 })
    const outbox = outboxes.open({ schema })
    outbox.watch?.({ due: () => undefined, ended: () => undefined })
    const another = outboxes.open({ schema })
    expect(await outbox.append([entry()])).toEqual(['stored'])
    // It tells the one that has stored it.
    expect(await another.settle([[await lend(another), { kind: 'delivered' }]])).toEqual([true])
  }
})
