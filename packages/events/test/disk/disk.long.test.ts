import { expect, test } from 'vitest'
import { Random } from '../crash/random.ts'
import { copyDirectory, type DiskReport, loseLog, losePower } from './kit.ts'
import { buildShim, type Fault } from './shim.ts'

// Always the same: what another seed finds is for the long form, `pnpm test:disk`.
const seed = 17
const built = buildShim()
const isPossible = 'shim' in built
const shim = isPossible ? built.shim : ''

test('the disk kit can run where it is required', () => {
  expect(isPossible || process.env['DISK_KIT'] !== 'required').toBe(true)
})

test('what was acknowledged outlives a copy of the directory by its owner, and the second owner that this lets in', async () => {
  const report = await copyDirectory({ seed })
  expect(report.broken).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(0)
})

const run = (random: Random) => ({ shim, seed: random.below(1e9), size: 'small', most: 40 }) as const
const fault = (what: Fault['what'], from: number, count = 1): Fault => ({ what, from, count })

const trials: Record<string, (random: Random) => Promise<DiskReport>> = {
  'a loss of power': (random) => losePower(run(random)),
  'a failed sync and then a loss of power': (random) =>
    losePower({ ...run(random), fault: fault('sync', 10 + random.below(40), 1 + random.below(2)) }),
  'a full disk that gets space again, and then a loss of power': (random) =>
    losePower({ ...run(random), fault: fault('write', random.below(400), 1 + random.below(40)) }),
  'a log that another process unlinks': (random) =>
    loseLog({ ...run(random), fault: fault('unlink', random.below(300)) }),
  'a log that another process cuts': (random) => loseLog({ ...run(random), fault: fault('cut', random.below(300)) }),
}

test.for(Object.keys(trials))(
  `what was acknowledged outlives %s, at whatever moment, once and in order (seed ${seed})`,
  async (name, { skip }) => {
    if ('why' in built) skip(built.why)
    const random = new Random(seed)
    for (let round = 0; round < 3; round++) {
      const report = await (trials[name] as (typeof trials)[string])(random)
      expect(report.broken).toEqual([])
      expect(report.states).toBeGreaterThan(0)
    }
  },
)
