import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Model } from './support/model.ts'
import { program } from './support/program.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 1_500)
const seed = process.env['MODEL_SEED']

/** The waits with a random part come out the same for the same program, so that a failure can be shrunk and repeated. */
async function withDice<T>(dice: number, run: () => Promise<T>): Promise<T> {
  const { random } = Math
  let state = dice
  // A linear congruential generator: https://en.wikipedia.org/wiki/Linear_congruential_generator
  Math.random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  try {
    return await run()
  } finally {
    Math.random = random
  }
}

test(
  'whatever is tracked, answered and waited for, in whatever order, no promise is broken',
  { timeout: 0 },
  async () => {
    let steps = 0
    const property = fc.asyncProperty(program, async (given) => {
      steps += await withDice(given.dice, () => new Model(given).run())
    })
    await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) })
    expect(steps).toBeGreaterThan(runs)
    if (process.env['MODEL_RUNS'] !== undefined) process.stdout.write(`${runs} programs, ${steps} steps\n`)
  },
)
