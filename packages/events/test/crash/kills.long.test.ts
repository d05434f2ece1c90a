import { expect, test } from 'vitest'
import { crash } from './crash.ts'
import { outboxNames } from './outbox-under-test.ts'
import { StoreRound } from './store-round.ts'
import { TrackerRound } from './tracker-round.ts'

// A busy machine may kill writers before they store anything: it goes on until one event is acknowledged.
test.each(outboxNames)(
  'whatever the moment a process is killed, what it acknowledged is there, once and in order (%s)',
  async (outbox) => {
    const seed = Math.floor(Math.random() * 1e6)
    const report = await crash((random) => new StoreRound(random, outbox), { kills: 15, acknowledged: 1, seed })
    expect(report.broken, `seed ${seed}`).toEqual([])
  },
)

test.each(outboxNames)(
  'whatever the moment a tracker is killed, what it acknowledged arrives, in order and under one id (%s)',
  async (outbox) => {
    const seed = Math.floor(Math.random() * 1e6)
    const report = await crash((random) => new TrackerRound(random, outbox), { kills: 10, acknowledged: 1, seed })
    expect(report.broken, `seed ${seed}`).toEqual([])
  },
)
