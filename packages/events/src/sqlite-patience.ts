// Those of the platform at import: fake timers that come and go must not stop an outbox.
const { setTimeout } = globalThis

const firstPauseMs = 10
const longestPauseMs = 100
/** How long another program that holds the file is waited for. */
const patienceMs = 2_000

/**
 * Asks again and again, with pauses in which the process goes on, until there is an answer.
 *
 * @returns the answer, or undefined where there was none in time
 */
export async function patiently<T>(ask: () => T | undefined): Promise<T | undefined> {
  const end = performance.now() + patienceMs
  for (let pauseMs = firstPauseMs; performance.now() < end; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    await new Promise((passed) => void setTimeout(passed, pauseMs))
    const answer = ask()
    if (answer !== undefined) return answer
  }
  return undefined
}
