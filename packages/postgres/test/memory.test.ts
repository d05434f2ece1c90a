import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { entry, lend, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('an event that was lent and settled is not kept in memory', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  const claims: WeakRef<object>[] = []
  for (let at = 0; at < 20; at++) {
    await outbox.append([entry()])
    const claim = await lend(outbox)
    await outbox.settle([[claim, { kind: 'delivered' }]])
    claims.push(new WeakRef(claim))
  }
  const alive = () => {
    collectGarbage()
    return claims.filter((claim) => claim.deref() !== undefined).length
  }
  // The last ones may still be in use by the driver.
  await expect.poll(alive).toBeLessThan(5)
})
