import { watchConnections } from './connections.ts'
import {
  areGlobalDispatchers,
  type GlobalDispatchers,
  globalDispatchers,
  isPlatformDispatcher,
  isPlatformFetch,
} from './dispatcher.ts'
import { Exchange } from './exchange.ts'
import type { TransportLogger } from '../options.ts'
import type { Outgoing } from './outgoing.ts'
import { platformFetch } from './platform-fetch.ts'

/** What was found, and has to stay as it is. */
interface Ground extends GlobalDispatchers {
  fetch: typeof globalThis.fetch
}

/**
 * Sends requests through the dispatcher below Node's own fetch, which shares its connections and costs a small part of it.
 *
 * That dispatcher is no documented API of Node: whatever is not as expected (another run time, a fetch or a dispatcher
 * that somebody has put in the place of Node's own, a protocol that is not known) means the platform's fetch from then on.
 */
export class DispatchTransport {
  #ground: Ground | undefined
  /** Why it is not to be used; undefined while it may be. */
  #obstacle: string | undefined
  #isTold = false
  readonly #refused = (request: Outgoing): Promise<Response> => {
    this.#obstacle = 'its dispatcher does not take them'
    return sendStandard(request)
  }

  isReady(logger: TransportLogger | undefined): boolean {
    if (this.#obstacle === undefined) this.#obstacle = this.#ground ? changeOf(this.#ground) : this.#choose()
    if (this.#obstacle === undefined) return true
    this.#tell(logger)
    return false
  }

  send(request: Outgoing): Promise<Response> {
    const dispatcher = this.#ground?.newer ?? this.#ground?.older
    return new Promise((resolve, reject) => {
      // Thrown in here, what is wrong with the request rejects.
      const options = request.toDispatch()
      if (dispatcher === undefined || options === undefined) resolve(sendStandard(request))
      else new Exchange(dispatcher, request, options, resolve, reject, this.#refused).send()
    })
  }

  #choose(): string | undefined {
    const { fetch } = globalThis
    if (!isPlatformFetch(fetch)) return 'the global fetch is not that of Node'
    // Node loads its undici when one of its globals is first used.
    void globalThis.Headers
    const found = globalDispatchers()
    const dispatchers = [found.newer, found.older].filter((dispatcher) => dispatcher !== undefined)
    const [first] = dispatchers
    if (first === undefined) return 'this Node has no dispatcher that is known'
    if (!dispatchers.every((dispatcher) => isPlatformDispatcher(dispatcher)))
      return 'the global dispatcher is not that of Node'
    watchConnections(first)
    this.#ground = { fetch, ...found }
    return undefined
  }

  #tell(logger: TransportLogger | undefined): void {
    if (this.#isTold || logger === undefined || !isNode()) return
    this.#isTold = true
    try {
      logger.warn(`Requests go through the platform's fetch, which takes more CPU time: ${this.#obstacle}.`)
    } catch {
      // The logger's own problem: a request must not fail because somebody was told of it.
    }
  }
}

/** One for the process: what it finds out holds for everybody. */
export const nodeTransport = /* @__PURE__ */ new DispatchTransport()

async function sendStandard(request: Outgoing): Promise<Response> {
  return platformFetch(request.toStandard())
}

/** Looked at before every request: tests and tracers replace what is global early and late. */
function changeOf(ground: Ground): string | undefined {
  if (globalThis.fetch !== ground.fetch) return 'the global fetch was replaced'
  return areGlobalDispatchers(ground) ? undefined : 'the global dispatcher was replaced'
}

/** Elsewhere the platform's fetch is the best there is, and no surprise. */
function isNode(): boolean {
  return globalThis.process?.versions?.['undici'] !== undefined && globalThis.process.versions['bun'] === undefined
}
