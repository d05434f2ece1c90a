import type { Expect } from './broken.ts'
import type { Act, Call } from './program.ts'
import type { Tracked, Waiter } from './tracked.ts'

type Abort = Extract<Act, { kind: 'abort' }>

interface Watched {
  readonly tracked: Tracked
  readonly waiter: Waiter
}

/** The signals of a program's calls, and what becomes of the calls when one is aborted. */
export class Controllers {
  readonly #expect: Expect
  readonly #shared = { a: new AbortController(), b: new AbortController() }
  readonly #own: AbortController[] = []
  readonly #watched = new Map<AbortSignal, Watched[]>()
  #aborts = 0

  constructor(expect: Expect) {
    this.#expect = expect
  }

  /** The signal for a call. */
  signalFor(which: Call['signal']): AbortSignal | undefined {
    if (which === 'none') return undefined
    if (which === 'aborted') return AbortSignal.abort('too late')
    if (which !== 'own') return this.#shared[which].signal
    const controller = new AbortController()
    this.#own.push(controller)
    return controller.signal
  }

  /** A call was made that a signal can end. */
  watch(tracked: Tracked, waiter: Waiter): void {
    if (waiter.signal === undefined) return
    const watched = this.#watched.get(waiter.signal) ?? []
    this.#watched.set(waiter.signal, [...watched, { tracked, waiter }])
  }

  /** @param isSure whether the model knows what is in flight */
  abort(act: Abort, isSure: boolean): void {
    if (act.signal === 'own') {
      const controller = this.#own[act.which % this.#own.length]
      if (controller) this.#abort(controller, isSure)
    } else {
      this.#abort(this.#shared[act.signal], isSure)
      // Calls that follow can be ended in their turn.
      this.#shared[act.signal] = new AbortController()
    }
  }

  /** `beforeSend` ends its own call. */
  abortSignal(signal: AbortSignal): void {
    const controllers = [...this.#own, this.#shared.a, this.#shared.b]
    const controller = controllers.find((it) => it.signal === signal)
    if (controller) this.#abort(controller, false)
  }

  /** A repeated call whose signal was aborted before does not wait at all. */
  giveUp({ tracked, waiter }: Watched, isSure: boolean): void {
    const mayHaveArrived = tracked.isInFlight || tracked.silences > 0
    waiter.gaveUp = {
      outcome: 'pending',
      code: 'cancelled',
      mayHaveArrived: isSure ? mayHaveArrived : undefined,
      cause: waiter.signal?.reason,
    }
  }

  #abort(controller: AbortController, isSure: boolean): void {
    const { signal } = controller
    if (signal.aborted) return
    const watched = this.#watched.get(signal)?.filter(({ tracked, waiter }) => tracked.isPending && !waiter.gaveUp)
    const wereInFlight = new Set(watched?.filter(({ tracked }) => tracked.isInFlight).map(({ tracked }) => tracked))
    this.#watched.delete(signal)
    controller.abort(this.#aborts++ % 2 === 0 ? 'enough' : undefined)
    for (const it of watched ?? []) this.#ended(it, wereInFlight.has(it.tracked), isSure)
  }

  #ended(it: Watched, wasInFlight: boolean, isSure: boolean): void {
    const { tracked, waiter } = it
    const isOwed = waiter.delivery.toJSON().state === 'pending'
    if (waiter !== tracked.first) {
      if (isOwed) this.giveUp(it, isSure)
      return
    }
    const cause: unknown = waiter.signal?.reason
    if (isSure) this.#expect(isOwed === wasInFlight, isOwed ? 'not cancelled while it waited' : 'cancelled in flight')
    // Whoever made the event stops waiting only where it is too late to take it back.
    if (isOwed) waiter.gaveUp = { outcome: 'pending', code: 'cancelled', mayHaveArrived: true, cause }
    else {
      const mayHaveArrived = isSure ? tracked.silences > 0 : undefined
      tracked.expected = { outcome: 'dropped', code: 'cancelled', mayHaveArrived, cause }
    }
  }
}
