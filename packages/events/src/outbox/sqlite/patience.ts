import { elapsedTime, startTimer } from '../../platform/platform.ts'

const firstPauseMs = 10
const longestPauseMs = 100
/** The time for which another program that holds the file is waited for. */
const patienceMs = 2_000

/**
 * Asks again and again, with pauses in which the process goes on, until there is an answer.
 *
 * @returns the answer, or undefined where there was none in time
 */
export async function patiently<T>(ask: () => T | undefined): Promise<T | undefined> {
  const end = elapsedTime() + patienceMs
  for (let pauseMs = firstPauseMs; elapsedTime() < end; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    await new Promise<void>((passed) => void startTimer(passed, pauseMs))
    const answer = ask()
    if (answer !== undefined) return answer
  }
  return undefined
}
