import {
  areGlobalDispatchers,
  type Dispatcher,
  type GlobalDispatchers,
  globalDispatchers,
  isPlatformDispatcher,
  isPlatformFetch,
  watchConnections,
} from './dispatcher.ts'

/** A logger that is told what an operator may want to know. `console` is one. */
export interface TransportLogger {
  warn(message: string): void
}

/** The globals that were found. They have to stay as they are. */
interface Ground extends GlobalDispatchers {
  readonly fetch: typeof globalThis.fetch
  /** The one of them that sends. */
  readonly dispatcher: Dispatcher
}

/**
 * Chooses between the dispatcher below Node's own fetch, which shares its connections and costs a small part of it, and
 * the platform's fetch.
 *
 * That dispatcher is no documented API of Node: whatever is not as expected (another run time, a fetch or a dispatcher
 * that somebody has put in the place of Node's own, a protocol that is not known) means the platform's fetch from then on.
 */
class Transport {
  #ground: Ground | undefined
  /** The reason not to use it; undefined while it may be used. */
  #obstacle: string | undefined
  #isTold = false

  /** The dispatcher for the next request; undefined where that has to take the platform's fetch. */
  dispatcher(logger: TransportLogger | undefined): Dispatcher | undefined {
    if (this.#obstacle === undefined) this.#obstacle = this.#ground ? changeOf(this.#ground) : this.#choose()
    if (this.#obstacle === undefined) return this.#ground?.dispatcher
    this.#tell(logger)
    return undefined
  }

  /** Leaves every request from now on to the platform's fetch. */
  giveUp(obstacle: string): void {
    this.#obstacle = obstacle
  }

  #choose(): string | undefined {
    const { fetch } = globalThis
    if (!isPlatformFetch(fetch)) return 'the global fetch is not that of Node'
    // Node loads its undici when one of its globals is first used.
    void globalThis.Headers
    const { newer, older } = globalDispatchers()
    const dispatcher = newer ?? older
    if (dispatcher === undefined) return 'this Node has no known dispatcher'
    const arePlatforms = [newer, older].every((one) => one === undefined || isPlatformDispatcher(one))
    if (!arePlatforms) return 'the global dispatcher is not that of Node'
    watchConnections(dispatcher)
    this.#ground = { fetch, newer, older, dispatcher }
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

/** The transport of this process: what it finds out holds for everybody. */
export const transport = /* @__PURE__ */ new Transport()

/** The change since they were found. Looked for before every request: tests and tracers replace globals early and late. */
function changeOf(ground: Ground): string | undefined {
  if (globalThis.fetch !== ground.fetch) return 'the global fetch was replaced'
  return areGlobalDispatchers(ground) ? undefined : 'the global dispatcher was replaced'
}

/** Tells whether this is Node. Elsewhere the platform's fetch is the best there is, and no surprise. */
function isNode(): boolean {
  return globalThis.process?.versions?.['undici'] !== undefined && globalThis.process.versions['bun'] === undefined
}
