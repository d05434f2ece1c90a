import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('support/count-work.ts', import.meta.url))

/** Counts how often the pieces of the package's code run, with so many events. */
function work(task: string, events: number): Promise<number> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, task, String(events)], (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(Number(stdout)),
    )
  })
}

// Linear work grows by four, quadratic by up to sixteen.
test.concurrent.each([
  'shutdown',
  'an erasure',
  'budgets that end one after another',
  'attempts that end one after another',
  'a queue that drops the oldest',
  'a full queue that drops the oldest behind an attempt that hangs',
])('four times as many budgets are no more than four times the work, a little more allowed: %s', async (task) => {
  const [few, many] = await Promise.all([work(task, 1_000), work(task, 4_000)])
  expect(few).toBeGreaterThan(10_000)
  expect(many / few).toBeLessThan(6)
})
