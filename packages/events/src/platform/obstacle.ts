import { ask, elapsedTime, startTimer, stopTimer, timeOfDay } from './platform.ts'

/** Options that take the place of the platform's own. */
interface Given {
  fetch?: unknown
  clock?: unknown
}

/**
 * Names what keeps a tracker from sending here: a global that the run time lacks or refuses to let be used. Importing needs
 * none of them, nor does a tracker that sends nothing.
 */
export function obstacle({ fetch, clock }: Given): string | undefined {
  return lack('AbortController') ?? (fetch === undefined ? lack('fetch') : undefined) ?? (clock ? undefined : refusal())
}

/** Names a function of the platform that is not there. */
export function lack(name: string): string | undefined {
  if (typeof ask(() => Reflect.get(globalThis, name)) === 'function') return undefined
  return `This run time has no ${name}. Load a polyfill first, or set enabled: false where nothing is to be sent, as in tests.`
}

function refusal(): string | undefined {
  try {
    stopTimer(startTimer(() => undefined, 0))
    elapsedTime()
    timeOfDay()
    return undefined
  } catch (thrown) {
    return `This run time does not allow timers or the clock here (${String(thrown)}). Track elsewhere, or give the option clock.`
  }
}
