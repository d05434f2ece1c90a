import type { Environment, EventTracker, GivenEvent, TrackerStats, WaitOptions } from '@obsidianlaunch/events'
import { addressOf, subscriberOf } from './edge/address.ts'
import { whole } from './edge/answer.ts'
import { mediaTypeProblem, parseBody, readBody } from './edge/body.ts'
import { isPreflight, Origins, preflightAnswer } from './edge/cors.ts'
import { eventOf } from './edge/event.ts'
import { isRecent, readiness, takesEvents } from './edge/readiness.ts'
import { type Note, recordOf } from './edge/record.ts'
import { Refusal } from './edge/refusal.ts'
import { pathBehind, routeOf } from './edge/route.ts'
import type { RelayOptions } from './options.ts'
import { type Caller, Callers } from './policy/caller.ts'
import { Hooks } from './policy/hooks.ts'
import { ProjectToken } from './policy/project-token.ts'
import { RateLimiter } from './policy/rate-limit.ts'
import { AllowedTraits } from './policy/traits.ts'
import { longestTimer, type Settings, settingsOf } from './settings.ts'
import { closing, store, type Taken } from './store.ts'

/** Facts about a request that it does not have itself. */
export interface RequestInfo {
  /** The address that the connection comes from, where the server knows it. */
  readonly remoteAddress?: string | undefined
}

/** The guide's backend proxy as a function of a request. Its methods may be passed around. */
export interface Relay {
  /** Answers a request. Never rejects. */
  fetch(this: void, request: Request, info?: RequestInfo): Promise<Response>
  /** Opens the outbox and goes on with what it holds from before; `/readyz` answers 200 once that is done. */
  start(this: void): Promise<void>
  /**
   * Takes no more events, waits for the requests that are on their way, and shuts the tracker down.
   *
   * @returns the tracker's report
   */
  stop(this: void, options?: WaitOptions): Promise<TrackerStats>
}

/**
 * Makes a relay of a tracker: the API's two calls, for web apps and services that must not have the token. With a durable
 * outbox an event is stored before it is answered; without one the answer waits for the API's.
 *
 * @throws ConfigurationError for an option that is impossible, and where nothing says who may ask
 * @example
 * const tracker = new EventTracker({ outbox: sqliteOutbox('events.db') })
 * const relay = createRelay(tracker, { origins: ['https://app.example.com'], keys: ['pk_live_…'] })
 * await relay.start()
 * createServer(createListener(relay)).listen(8080)
 */
export function createRelay(tracker: EventTracker, options: RelayOptions = {}): Relay {
  const relay = new RelayServer(tracker, options)
  return {
    fetch: (request, info) => relay.fetch(request, info),
    start: () => relay.start(),
    stop: (waitOptions) => relay.stop(waitOptions),
  }
}

/**
 * | state   | what happens                                    | next    |
 * |---------|-------------------------------------------------|---------|
 * | new     | `start` has opened the outbox                   | started |
 * | any     | `stop`                                          | stopped |
 */
type State = 'new' | 'started' | 'stopped'

class RelayServer {
  readonly #tracker: EventTracker
  readonly #environment: Environment
  readonly #settings: Settings
  readonly #origins: Origins
  readonly #callers: Callers
  readonly #traits: AllowedTraits
  readonly #token: ProjectToken
  readonly #hooks: Hooks
  readonly #perAddress: RateLimiter | undefined
  readonly #perKey: RateLimiter | undefined
  readonly #now: () => number
  #state: State = 'new'
  /** The moment when an event could not be stored, if none was stored since. */
  #failedAt = -Infinity
  /** Requests that are being answered, and what is to happen once there are none. */
  #open = 0
  readonly #whenIdle: (() => void)[] = []

  constructor(tracker: EventTracker, options: RelayOptions) {
    const settings = settingsOf(options)
    const { perAddress, perKey } = settings.rateLimit
    const now = () => settings.clock.now()
    this.#tracker = tracker
    this.#environment = tracker.status().environment
    this.#settings = settings
    this.#now = now
    this.#origins = new Origins(settings.origins)
    this.#callers = new Callers(settings.keys, settings.identity)
    this.#traits = new AllowedTraits(settings.traits)
    this.#token = new ProjectToken((text) => tracker.redact(text))
    const { authorize, mutate, answerTimeoutMs: timeoutMs } = settings
    this.#hooks = new Hooks({ authorize, mutate, timeoutMs })
    this.#perAddress = perAddress && new RateLimiter('address', perAddress, now)
    this.#perKey = perKey && new RateLimiter('key', perKey, now)
  }

  async start(): Promise<void> {
    await this.#tracker.start()
    if (this.#state === 'new') this.#state = 'started'
  }

  async stop({ timeoutMs = Infinity }: WaitOptions = {}): Promise<TrackerStats> {
    this.#state = 'stopped'
    const before = performance.now()
    await this.#untilIdle(timeoutMs)
    const left = Math.max(0, timeoutMs - (performance.now() - before))
    return this.#tracker.shutdown(left === Infinity ? {} : { timeoutMs: left })
  }

  async fetch(request: Request, info: RequestInfo | undefined): Promise<Response> {
    const note: Note = { method: request.method }
    const startedAt = performance.now()
    this.#open++
    try {
      const response = await this.#answer(request, info, note)
      this.#tell({ ...note, status: response.status, durationMs: performance.now() - startedAt })
      return response
    } finally {
      if (--this.#open === 0) for (const goOn of this.#whenIdle.splice(0)) goOn()
    }
  }

  async #answer(request: Request, info: RequestInfo | undefined, note: Note): Promise<Response> {
    const answer = await this.#respond(request, info, note).catch((thrown: unknown) => this.#failed(thrown))
    if (answer instanceof Refusal) {
      note.problem = answer.problem
      if (answer.ended !== undefined) note.ended = answer.ended
    }
    const response = answer instanceof Refusal ? answer.response() : answer
    const { headers } = response
    headers.set('cache-control', 'no-store')
    headers.set('x-content-type-options', 'nosniff')
    this.#origins.expose(request.headers.get('origin'), headers)
    return response
  }

  async #respond(request: Request, info: RequestInfo | undefined, note: Note): Promise<Response | Refusal> {
    const url = new URL(request.url)
    const path = pathBehind(this.#settings.basePath, url.pathname)
    note.path = url.pathname
    if (path === '/healthz') return whole('ok\n')
    if (path === '/readyz') return readiness(this.#isReady)
    const refusal = this.#admission(request, info, note)
    if (refusal !== undefined) return refusal
    if (isPreflight(request)) return preflightAnswer()
    const route = routeOf(path, this.#environment, this.#settings.basePath)
    if (route instanceof Refusal) return route
    if (request.method !== 'POST') {
      return new Refusal('method', `${request.method} does nothing here.`, { headers: { allow: 'POST, OPTIONS' } })
    }
    Object.assign(note, route)
    const taken = await this.#take(request, url, note)
    return taken instanceof Refusal ? taken : answerOf(taken)
  }

  /** Judges where a request comes from, and how many came from there. */
  #admission({ headers }: Request, info: RequestInfo | undefined, note: Note): Refusal | undefined {
    const remote = typeof info?.remoteAddress === 'string' ? info.remoteAddress : undefined
    const address = addressOf(headers, remote, this.#settings.trustedProxies)
    const origin = headers.get('origin')
    if (address !== undefined) note.address = address
    if (origin !== null) note.origin = origin
    const tooMany = address === undefined ? undefined : this.#perAddress?.take(subscriberOf(address))
    if (tooMany !== undefined) return tooMany
    if (this.#state === 'stopped') return closing()
    if (this.#origins.allow(origin)) return undefined
    return new Refusal(
      'origin',
      'The relay has a list of the origins whose pages may send events; this one is not in it.',
    )
  }

  /** The way of an event: who sends it, what it is, whether it may be sent, and into the outbox. */
  async #take(request: Request, url: URL, note: Note): Promise<Taken | Refusal> {
    const caller = await this.#callerOf(request, url, note)
    if (caller instanceof Refusal) return caller
    const id = idOf(request.headers, url.searchParams)
    if (id instanceof Refusal) return id
    const body = await this.#bodyOf(request)
    if (body instanceof Refusal) return body
    const event = eventOf(note.operation ?? 'trackEvent', body.value)
    if (event instanceof Refusal) return event
    Object.assign(note, { customerId: event.customerId, ...(id !== undefined && { id }) })
    const allowed = await this.#allowed(event, caller, request)
    if (allowed instanceof Refusal) return allowed
    if (allowed !== null) note.customerId = allowed.customerId
    const taken = await store(this.#tracker, allowed, id, body.value, this.#settings.answerTimeoutMs)
    if (taken instanceof Refusal) {
      if (taken.problem === 'not-stored') this.#failedAt = this.#now()
      return taken
    }
    if (taken.stored) this.#failedAt = -Infinity
    note.id = taken.id
    return taken
  }

  /** Tells who asks, before the body is read. */
  async #callerOf({ headers }: Request, url: URL, note: Note): Promise<Caller | Refusal> {
    const sent = `${url.href} ${[...headers].join(' ')}`
    const early = mediaTypeProblem(headers) ?? this.#token.problemWith(sent)
    if (early !== undefined) return early
    const caller = await this.#callers.read(headers, url.searchParams, this.#now())
    if (caller instanceof Refusal || caller.key === undefined) return caller
    note.key = caller.key
    return this.#perKey?.take(caller.key) ?? caller
  }

  async #bodyOf(request: Request): Promise<{ value: unknown } | Refusal> {
    const text = await readBody(request, this.#settings.maxBodyBytes, this.#settings.bodyTimeoutMs)
    if (text instanceof Refusal) return text
    return this.#token.problemWith(text) ?? parseBody(text)
  }

  /** Asks every rule, and the user's hooks. @returns the event as it is to be stored; null where it is to be dropped */
  async #allowed(event: GivenEvent, caller: Caller, request: Request): Promise<GivenEvent | null | Refusal> {
    const problem = this.#callers.problemWith(caller, event.customerId) ?? this.#traits.problemWith(event)
    return problem ?? this.#hooks.ask(event, request)
  }

  get #isReady(): boolean {
    const now = this.#now()
    return this.#state === 'started' && takesEvents(this.#tracker, now) && !isRecent(this.#failedAt, now)
  }

  /** A hook has thrown, which is told to the log and not to the client. */
  #failed(thrown: unknown): Refusal {
    harmlessly(() => this.#settings.logger?.error('A hook of the relay failed', thrown))
    return new Refusal('internal', 'Something of the relay failed; its log says what.')
  }

  #tell(note: Note): void {
    const { onRequest } = this.#settings
    if (onRequest === undefined) return
    harmlessly(() => onRequest(recordOf(note, (text) => this.#token.hide(text))))
  }

  #untilIdle(timeoutMs: number): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = timeoutMs > longestTimer ? undefined : setTimeout(resolve, timeoutMs)
      this.#whenIdle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** The id that the client gave, by header or, for a beacon, in the query. @see spec/openapi.yaml#/components/parameters/IdempotencyKey */
function idOf(headers: Headers, query: URLSearchParams): string | undefined | Refusal {
  const id = headers.get('idempotency-key') ?? query.get('id')
  if (id === null) return undefined
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(id)) return id
  return new Refusal('bad-id', 'It must be 1 to 255 printable ASCII characters.')
}

/** Calls what listens: it must not change what is answered, nor end the process by a promise that nobody looks at. */
function harmlessly(tell: () => unknown): void {
  new Promise((resolve) => resolve(tell())).catch(ignore)
}

function ignore(): void {
  // It is the listener's own problem.
}

function answerOf({ id, stored }: Taken): Response {
  return whole(JSON.stringify({ id, stored }), { headers: { 'content-type': 'application/json' } })
}
