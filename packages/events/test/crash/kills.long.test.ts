import { expect, test } from 'vitest'
import { crash } from './crash.ts'
import { outboxNames } from './outbox-under-test.ts'
import { StoreRound } from './store-round.ts'
import { TrackerRound } from './tracker-round.ts'

// On a busy machine writers may be killed before they store anything: then further ones are.
test.each(outboxNames)(
  'whatever the moment a process is killed, what it acknowledged is there, once and in order (%s)',
  async (outbox) => {
    const seed = Math.floor(Math.random() * 1e6)
    const report = await crash((random) => new StoreRound(random, outbox), { kills: 15, acknowledged: 1, seed })
    expect(report.broken, `seed ${seed}`).toEqual([])
    expect(report.kills).toBeGreaterThanOrEqual(15)
    expect(report.figures.acknowledged).toBeGreaterThan(0)
  },
)

test.each(outboxNames)(
  'whatever the moment a tracker is killed, what it acknowledged arrives, in order and under one id (%s)',
  async (outbox) => {
    const seed = Math.floor(Math.random() * 1e6)
    const report = await crash((random) => new TrackerRound(random, outbox), { kills: 10, acknowledged: 1, seed })
    expect(report.broken, `seed ${seed}`).toEqual([])
    expect(report.kills).toBeGreaterThanOrEqual(10)
    expect(report.figures.acknowledged).toBeGreaterThan(0)
  },
)
