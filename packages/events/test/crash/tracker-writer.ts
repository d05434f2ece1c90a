/** Tracks as hard as it can until it is killed: `node tracker-writer.ts <file> <record> <first number> <seed>` */
import { ClosedError, installShutdownHandlers } from '../../src/index.ts'
import { trackerOn } from './tracker-under-test.ts'
import { customerOf, filler, ready, writerArguments } from './writer.ts'

const { path, recorder, first, chance } = writerArguments()
const tracker = trackerOn(path)
let next = first

async function track(): Promise<void> {
  try {
    for (;;) {
      const number = String(next++)
      const customerId = customerOf(chance)
      const event = `${number} ${filler(chance)}`
      await tracker.trackEvent(customerId, event, chance.below(2) ? { id: `job-${number}` } : {}).stored
      recorder.write('stored', [{ customerId, id: number }])
    }
  } catch (thrown) {
    // After a signal nothing is taken any more. Anything else ends this program, and so the test.
    if (!(thrown instanceof ClosedError)) throw thrown
  }
}

installShutdownHandlers(tracker, { timeoutMs: 15 })
ready()
await Promise.all(Array.from({ length: 16 }, track))
