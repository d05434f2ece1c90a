import type { EventTracker } from '@obsidianlaunch/events'
import { inOptions } from './failure.ts'
import { baseUrlOf } from './settings.ts'
import type { Shell } from './shell.ts'
import { plain, sentences } from './text.ts'

/** Time without an answer after which a person wants to know why. */
const patienceMs = 3_000
const lookEveryMs = 250
/** Customers among whom a reason is looked for: the first of them may be in flight. */
const mostLanes = 100

/**
 * Names a server that does not answer: after three seconds, with the reason and the next step. Once, until it has answered
 * again.
 *
 * @param answered the number of answers so far
 * @param howLong the end of the message: for how long it is tried
 * @returns a function that ends it
 */
export function nameSilence(shell: Shell, tracker: EventTracker, answered: () => number, howLong: string): () => void {
  let last = { count: answered(), at: performance.now() }
  let isTold = false
  const look = async () => {
    const [count, at] = [answered(), performance.now()]
    const isIdle = tracker.stats().pending === 0
    if (count !== last.count || isIdle) {
      if (isTold && count !== last.count) shell.err.wrap('', 'Answers come again.', 'dim')
      isTold = false
      last = { count, at }
    }
    if (isTold || shell.stopped.aborted || at - last.at < patienceMs) return
    const reason = await reasonFor(shell, tracker)
    if (reason === undefined || isTold || count !== answered() || shell.stopped.aborted) return
    isTold = true
    shell.err.wrap('', `${reason} ${howLong}`, 'yellow')
  }
  const timer = setInterval(() => void look().catch(() => undefined), lookEveryMs)
  return () => clearInterval(timer)
}

/** The reason why nothing is answered; undefined where no attempt is being made, and none has failed. */
async function reasonFor(shell: Shell, tracker: EventTracker): Promise<string | undefined> {
  const lanes = await tracker.waiting({ limit: mostLanes })
  const failure = lanes.find(({ lastFailure }) => lastFailure !== undefined)?.lastFailure
  if (failure !== undefined) return sentences(plain(inOptions(failure)))
  if (lanes.every(({ isLent }) => !isLent)) return undefined
  return `No answer from ${plain(baseUrlOf(shell))} yet, and nothing says why: \`obsidian-events doctor\` looks into it.`
}
