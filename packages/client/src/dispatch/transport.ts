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

/**
 * The way to a server.
 *
 * | from                | by                                                     | to         |
 * |---------------------|--------------------------------------------------------|------------|
 * | any                 | an answer to the dispatcher                            | dispatcher |
 * | any                 | its refusal of HTTP/1.1 in the handshake of TLS        | fetch      |
 * | none                | it hangs up on the dispatcher                          | suspected  |
 * | suspected           | the platform's fetch, which is next, gets an answer    | doubtful   |
 * | suspected           | it gets none either                                    | none       |
 * | doubtful            | it hangs up on the dispatcher, which is next, again    | fetch      |
 */
type Way = 'dispatcher' | 'fetch' | 'suspected' | 'doubtful'

const mostWays = 64

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
  /** The ways to servers, by origin: what is not there was not tried. */
  readonly #ways = new Map<string, Way>()
  readonly #told = new Set<string>()
  /** True if a server was left to the platform's fetch. */
  #isLeft = false

  /** The dispatcher for the next request; undefined where that has to take the platform's fetch. */
  dispatcher(logger: TransportLogger | undefined): Dispatcher | undefined {
    if (this.#obstacle === undefined) this.#obstacle = this.#ground ? changeOf(this.#ground) : this.#choose()
    if (this.#obstacle === undefined) {
      if (this.#isLeft) this.#tell(logger, 'a server speaks HTTP/2 alone')
      return this.#ground?.dispatcher
    }
    this.#tell(logger, this.#obstacle)
    return undefined
  }

  /** Leaves every request from now on to the platform's fetch. */
  giveUp(obstacle: string): void {
    this.#obstacle = obstacle
  }

  /** Tells whether the next request to this server is left to the platform's fetch, which may speak another protocol. */
  leavesToFetch(origin: string): boolean {
    const way = this.#ways.get(origin)
    return way === 'fetch' || way === 'suspected'
  }

  /** Leaves the requests to a server to the platform's fetch: it speaks HTTP/2 alone. */
  leaveToFetch(origin: string): void {
    this.#note(origin, 'fetch')
    this.#isLeft = true
  }

  /** The dispatcher has got an answer from it. */
  reached(origin: string): void {
    if (this.#ways.get(origin) !== 'dispatcher') this.#note(origin, 'dispatcher')
  }

  /** It hung up. Where it has never answered the dispatcher, that may be because it was spoken to in HTTP/1.1. */
  suspect(origin: string): void {
    if (!origin.startsWith('https:') || !fetchSpeaksHttp2()) return
    const way = this.#ways.get(origin)
    if (way === 'doubtful') this.leaveToFetch(origin)
    else if (way === undefined) this.#note(origin, 'suspected')
  }

  /** Learns from what the platform's fetch makes of a server that is suspected. */
  watch(origin: string, sent: Promise<Response>): Promise<Response> {
    if (this.#ways.get(origin) === 'suspected') {
      sent.then(
        () => this.#note(origin, 'doubtful'),
        () => this.#ways.delete(origin),
      )
    }
    return sent
  }

  #note(origin: string, way: Way): void {
    // Whoever asks so many servers is no client of one API: they are found out again.
    if (this.#ways.size >= mostWays) this.#ways.clear()
    this.#ways.set(origin, way)
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

  #tell(logger: TransportLogger | undefined, why: string): void {
    if (this.#told.has(why) || logger === undefined || !isNode()) return
    this.#told.add(why)
    try {
      logger.warn(`Requests go through the platform's fetch, which takes more CPU time: ${why}.`)
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

/** Tells whether the platform's fetch speaks HTTP/2 by itself, as undici does from this version on. */
function fetchSpeaksHttp2(): boolean {
  return Number.parseInt(globalThis.process?.versions?.['undici'] ?? '', 10) >= 8
}
