/**
 * Functions of undici that send a request for somebody else than whose context they run in: for one that waited in the queue of
 * a pool, or in the context of the connection, which is that of the request that opened it.
 */
const inForeignContext =
  /^(?:.*\.)?(?:\[?onDrain\]?|RedirectHandler\..*|RetryHandler\..*|Parser\..*|.*onHttpSocket.*|BodyReadable\..*)$/
/** The function by which newer versions keep the context of what waits in a queue. */
const inKeptContext = 'QueuedRequest.runInAsyncScope'
/** The constructor of a request. */
const itself = /^(?:.*\.)?Request$/
const mostFrames = 30

/** True for the class of requests that stands in Node itself: nothing of it waits in a queue. */
const standsInNode = /* @__PURE__ */ new WeakMap<object, boolean>()

/**
 * Tells whether a request of undici is being made in the context of its caller. Older versions of the package undici lose
 * that of what waits for one of a pool's connections, and all of them that of what their interceptors repeat; what is in its
 * place is that of another request. They say so by nothing but the functions that are running.
 */
export function isMadeByCaller(request: object): boolean {
  if (standsInNode.get(request.constructor)) return true
  const frames = runningFunctions()
  if (!standsInNode.has(request.constructor)) {
    const isInNode = frames.some(
      ({ name, site }) => itself.test(name) && site.getFileName()?.startsWith('node:internal/'),
    )
    standsInNode.set(request.constructor, isInNode)
    if (isInNode) return true
  }
  // Names that a bundler has shortened say nothing.
  if (!frames.some(({ name }) => itself.test(name))) return false
  return frames.some(({ name }) => name === inKeptContext) || !frames.some(({ name }) => inForeignContext.test(name))
}

interface Frame {
  readonly name: string
  readonly site: NodeJS.CallSite
}

/** The functions that are running. What others have set for stacks is neither asked, since it may be slow, nor changed for good. */
function runningFunctions(): Frame[] {
  const { stackTraceLimit } = Error
  const prepareStackTrace = Reflect.get(Error, 'prepareStackTrace')
  const holder: { stack?: Frame[] } = {}
  try {
    Error.stackTraceLimit = mostFrames
    Error.prepareStackTrace = readSites
    Error.captureStackTrace(holder, isMadeByCaller)
    return holder.stack ?? []
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
    Error.stackTraceLimit = stackTraceLimit
  }
}

function readSites(_error: Error, sites: NodeJS.CallSite[]): Frame[] {
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
