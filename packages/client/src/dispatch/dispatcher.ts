/**
 * Undici's dispatcher as far as this package uses it. Node's own fetch stands on it.
 *
 * @see https://undici.nodejs.org/#/docs/api/Dispatcher
 */
export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
  on(event: 'connect', listener: () => void): unknown
}

export interface DispatchOptions {
  origin: string
  path: string
  method: string
  /** Names and values in turn. */
  headers: string[]
  body: string | null
  headersTimeout: number
  bodyTimeout: number
  allowH2: false
}

/** A handler with the methods of both protocols: it fits every dispatcher. */
export interface DispatchHandler extends HandlerOf1, HandlerOf2 {}

/** Node 20 and 22. A method that returns false pauses the answer. */
export interface HandlerOf1 {
  onConnect(abort: (reason: unknown) => void): void
  onHeaders(status: number, rawHeaders: RawHeaders, resume: () => void, statusText: string): boolean
  onData(chunk: Uint8Array): boolean
  onComplete(): void
  onError(error: unknown): void
}

/** Node 24 and 26. */
export interface HandlerOf2 {
  onRequestStart(controller: DispatchController): void
  onResponseStart(controller: DispatchController, status: number, headers: unknown, statusText: string): void
  onResponseData(controller: DispatchController, chunk: Uint8Array): void
  onResponseEnd(): void
  onResponseError(controller: unknown, error: unknown): void
}

/** The means of a handler to steer its request. */
export interface Flow {
  abort(reason: unknown): void
  resume(): void
}

export interface DispatchController extends Flow {
  rawHeaders: RawHeaders | null
  pause(): void
}

/** Tells whether a request starts with what a handler of the newer protocol expects. */
export function isController(value: Partial<DispatchController> | undefined): boolean {
  const { abort, pause, resume } = value ?? {}
  return typeof abort === 'function' && typeof pause === 'function' && typeof resume === 'function'
}

/** Headers of an answer: names and values in turn. */
export type RawHeaders = (Uint8Array | string)[]

/** Keys of the global dispatchers. The number is that of the handler protocol. Where there are both, the first is for callers of the older protocol. */
const symbols = { older: Symbol.for('undici.globalDispatcher.1'), newer: Symbol.for('undici.globalDispatcher.2') }

export interface GlobalDispatchers {
  older: Dispatcher | undefined
  newer: Dispatcher | undefined
}

export function globalDispatchers(): GlobalDispatchers {
  return { older: read(symbols.older), newer: read(symbols.newer) }
}

/** Tells whether they are still the global ones: asked before every request, so without making anything. */
export function areGlobalDispatchers({ older, newer }: GlobalDispatchers): boolean {
  return read(symbols.newer) === newer && read(symbols.older) === older
}

function read(symbol: symbol): Dispatcher | undefined {
  return (globalThis as { [name: symbol]: Dispatcher | undefined })[symbol]
}

/**
 * Tells whether the dispatcher is the one that came with this Node: not one of a host's own, such as a proxy's or a mock's, and
 * not of another undici, whose protocol may be another.
 *
 * No global leads to its class, so its code is asked where it is from: the complaint about a missing handler says it.
 */
export function isPlatformDispatcher(dispatcher: Dispatcher, names = plainClasses): boolean {
  if (!names.test(dispatcher.constructor.name)) return false
  try {
    dispatcher.dispatch({} as DispatchOptions, undefined as unknown as DispatchHandler)
    return false
  } catch (complaint) {
    const thrower = complaint instanceof Error ? String(complaint.stack).split('\n')[1] : undefined
    return thrower !== undefined && thrower.includes(platformUndici)
  }
}

/** Tells whether it is Node's own fetch, which is a few lines of script that load undici. */
export function isPlatformFetch(fetch: unknown): boolean {
  return typeof fetch === 'function' && Function.prototype.toString.call(fetch).includes(platformUndici.slice(5))
}

/** The names of its classes where no proxy is in between. */
const plainClasses = /^(Agent|Dispatcher1Wrapper)$/

const platformUndici = 'node:internal/deps/undici'

let hasJustConnected = false

/** Listens for new connections. Has to be called once for a dispatcher before `isOnNewConnection` can tell anything about it. */
export function watchConnections(dispatcher: Dispatcher): void {
  dispatcher.on('connect', () => {
    hasJustConnected = true
    queueMicrotask(() => (hasJustConnected = false))
  })
}

/**
 * Tells whether the request that starts now opens its connection, or finds it open: a dispatcher starts the request that a
 * connection was made for in the same turn in which it tells of the connection.
 */
export function isOnNewConnection(): boolean {
  const isNew = hasJustConnected
  hasJustConnected = false
  return isNew
}
