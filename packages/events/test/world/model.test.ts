import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyProgram } from '../support/any-program.ts'
import { foundPrograms } from '../support/found-programs.ts'
import { Model } from '../support/model.ts'
import type { Program } from '../support/program.ts'

const isShort = process.env['MODEL_STEPS'] === undefined
/** Of all programs together: a million take minutes. */
const steps = Number(process.env['MODEL_STEPS'] ?? 20_000)
/** The seed that it starts from; a failure prints the one to set to see it again. */
const seed = Number(process.env['MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const programsAtOnce = 200
/** Of one program. */
const mostSteps = 60

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
  'whatever is tracked, cancelled, answered and waited for, in whatever order, no promise is broken',
  { timeout: 0 },
  async () => {
    const made = { programs: 0, steps: 0 }
    const property = fc.asyncProperty(anyProgram(mostSteps), async (program) => {
      made.steps += await withDice(program.dice, () => new Model(program).run())
      made.programs++
    })
    const examples = foundPrograms.map((program): [Program] => [program])
    for (let next = seed; made.steps < steps; next++) {
      await fc.assert(property, { numRuns: programsAtOnce, seed: next, examples })
    }
    expect(made.steps).toBeGreaterThanOrEqual(steps)
    if (!isShort) process.stdout.write(`seed ${seed}: ${made.programs} programs, ${made.steps} steps\n`)
  },
)
