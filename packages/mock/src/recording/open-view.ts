import { type Exchange, type GoodExchange, isInViolation } from './exchange.ts'
import type { Scope } from './isolation.ts'
import type { MockView, WaitOptions } from './view.ts'
import { type Wanted, waitFor } from './wait-for.ts'

/** A view of a scope: the whole mock, or a part of it. */
export function openView<B>({ recorder, faults }: Scope, url: string, isPart: boolean): MockView<B> {
  const requests = recorder.exchanges as readonly Exchange<B>[]
  return {
    url,
    requests,
    get good() {
      return requests.filter(isGood)
    },
    get bad() {
      return requests.filter((exchange) => !isGood(exchange))
    },
    // The pattern is checked by the types of the interface.
    waitFor: ((wanted: Wanted, options: WaitOptions = {}) =>
      waitFor(recorder, wanted, options, isPart)) as MockView<B>['waitFor'],
    fail: (script, filter) => faults.play(script, filter),
    reset: () => {
      recorder.clear()
      faults.clear()
    },
  }
}

function isGood<B>(exchange: Exchange<B>): exchange is GoodExchange<B> {
  return !isInViolation(exchange)
}
