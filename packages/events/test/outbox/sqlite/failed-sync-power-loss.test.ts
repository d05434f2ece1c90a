import { expect, test } from 'vitest'
import { losePower } from '../../disk/kit.ts'
import { buildShim } from '../../disk/shim.ts'

const built = buildShim()

test.runIf('shim' in built)(
  'power that is lost while a log is moved whose last sync failed damages no file: what it moves is on the disk before',
  async () => {
    const shim = 'shim' in built ? built.shim : ''
    // The end of a delivery, which no sync follows, stands before what the failed sync was for.
    const run = {
      shim,
      seed: 381_394_066,
      size: 'small',
      most: 60,
      fault: { what: 'sync', from: 40, count: 1 },
    } as const
    expect((await losePower(run)).broken).toEqual([])
  },
)
