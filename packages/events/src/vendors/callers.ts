/**
 * Functions of undici that send a request for somebody else than whose context they run in: for one that waited in the queue of
 * a pool, or in the context of the connection, which is that of the request that opened it.
 */
const inForeignContext =
  /^(?:.*\.)?(?:\[?onDrain\]?|(?:RedirectHandler|RetryHandler|Parser|BodyReadable)(?:[$_]?\d+)?\..*|.*onHttpSocket.*)$/
/** The function by which newer versions keep the context of what waits in a queue. */
const inKeptContext = /^QueuedRequest(?:[$_]?\d+)?\.runInAsyncScope$/
/** The constructor of a request. Bundlers add numbers to names. */
const itself = /^(?:.*\.)?Request(?:[$_]?\d+)?$/
const mostFrames = 30

/**
 * The key of a request's handler, by the class of requests; undefined for a class that does not stand in Node itself. Of that
 * one nothing loses its context in a queue.
 */
const handlerKeys = /* @__PURE__ */ new WeakMap<object, symbol | undefined>()

/**
 * Tells whether a request of undici is being made in the context of its caller. Older versions of the package undici lose
 * that of what waits for one of a pool's connections, and all of them that of what their interceptors repeat; what is in its
 * place is that of another request. They say so by nothing but the functions that are running.
 */
export function isMadeByCaller(request: object): boolean {
  const { constructor } = request
  const handlerKey = handlerKeys.get(constructor)
  if (handlerKey !== undefined && isHandledByFetch(request, handlerKey)) return true
  const frames = runningFunctions()
  const own = frames.find(({ name }) => itself.test(name))
  // Names that a bundler has shortened say nothing.
  if (own === undefined) return false
  if (!handlerKeys.has(constructor))
    handlerKeys.set(
      constructor,
      own.site.getFileName()?.startsWith('node:internal/') ? handlerKeyOf(request) : undefined,
    )
  return frames.some(({ name }) => inKeptContext.test(name)) || !frames.some(({ name }) => inForeignContext.test(name))
}

function handlerKeyOf(request: object): symbol | undefined {
  return Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler')
}

/**
 * Tells whether nothing stands between Node's own fetch and a request, whose handler is a plain object then. The interceptors
 * of the package undici, which can be put on the dispatcher of Node, too, make one of a class.
 */
function isHandledByFetch(request: object, handlerKey: symbol): boolean {
  const handler: unknown = Reflect.get(request, handlerKey)
  return typeof handler === 'object' && handler !== null && Object.getPrototypeOf(handler) === Object.prototype
}

interface Frame {
  readonly name: string
  readonly site: NodeJS.CallSite
}

/** The functions that are running. What others have set for stacks is neither asked, since it may be slow, nor changed for good. */
function runningFunctions(): Frame[] {
  const { stackTraceLimit } = Error
  const prepareStackTrace = Reflect.get(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  try {
    // Assignments would throw where a program has frozen Error.
    Reflect.set(Error, 'stackTraceLimit', mostFrames)
    Reflect.set(Error, 'prepareStackTrace', framesOf)
    Error.captureStackTrace(holder, isMadeByCaller)
    return Array.isArray(holder.stack) ? (holder.stack as Frame[]) : []
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

function framesOf(_error: Error, sites: NodeJS.CallSite[]): Frame[] {
  return sites.filter((site) => !isAsync(site)).map((site) => ({ name: nameOf(site), site }))
}

/** Tells of a function that only waits for one that is running. */
function isAsync(site: NodeJS.CallSite): boolean {
  return (site as NodeJS.CallSite & { isAsync?(): boolean }).isAsync?.() ?? false
}

function nameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName() ?? ''
  const type = site.isToplevel() ? null : site.getTypeName()
  return type === null || name.startsWith(`${type}.`) ? name : `${type}.${name}`
}
