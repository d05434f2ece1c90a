import type { PendingEvent } from './pending-event.ts'

interface Listening {
  readonly calls: Map<object, () => void>
  readonly listener: () => void
}

/** Listens to the signals of calls: with one listener for each signal, however many calls share it. */
export class Signals {
  readonly #signals = new Map<AbortSignal, Listening>()

  /** Calls `cancel` when the signal is aborted, unless the call is forgotten before. */
  watch(signal: AbortSignal, call: object, cancel: () => void): void {
    let listening = this.#signals.get(signal)
    if (listening === undefined) {
      const calls = new Map<object, () => void>()
      listening = { calls, listener: () => calls.forEach((cancelOne) => cancelOne()) }
      this.#signals.set(signal, listening)
      signal.addEventListener('abort', listening.listener)
    }
    listening.calls.set(call, cancel)
  }

  /** Stops listening for a call. */
  forgetCall(signal: AbortSignal, call: object): void {
    const listening = this.#signals.get(signal)
    if (!listening?.calls.delete(call) || listening.calls.size > 0) return
    this.#signals.delete(signal)
    signal.removeEventListener('abort', listening.listener)
  }

  /** Stops listening for all calls of an event: its signals concern it no more. */
  forget({ delivery, options, repeats }: PendingEvent): void {
    if (options.signal !== undefined) this.forgetCall(options.signal, delivery)
    if (repeats === undefined) return
    for (const repeat of repeats) {
      if (repeat.options.signal) this.forgetCall(repeat.options.signal, repeat.delivery)
    }
  }
}
