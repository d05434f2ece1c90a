/** Process that receives signals. */
export interface SignalledProcess {
  readonly pid: number
  on(signal: string, listener: (signal: string) => void): unknown
  removeListener(signal: string, listener: (signal: string) => void): unknown
  listenerCount(signal: string): number
  kill(pid: number, signal: string): unknown
  exit(code: number): void
}

interface ProcessLike extends Partial<SignalledProcess> {
  env?: Record<string, string | undefined>
  versions?: Record<string, string>
  emitWarning?(message: string, type: string): void
  getBuiltinModule?(name: string): { AsyncLocalStorage?: { snapshot?(): Run } } | undefined
}

/** Calls a function with the arguments behind it. */
type Run = <A extends unknown[], R>(callback: (...args: A) => R, ...args: A) => R

interface Globals {
  process?: ProcessLike
  AsyncContext?: { Snapshot?: new () => { run: Run } }
  document?: unknown
  navigator?: { userAgent?: string }
  setImmediate?: (callback: () => void) => unknown
}

/** The globals that only some run times have. */
const globals = globalThis as unknown as Globals

/** Reads a variable of the environment, where there is one that may be read. */
export function readEnvironment(name: string): string | undefined {
  try {
    return globals.process?.env?.[name]
  } catch {
    // Deno without --allow-env: as if it were not set.
    return undefined
  }
}

/** Tells a page from a server that happens to have a `document` (tests under jsdom). */
export function isBrowser(): boolean {
  return globals.document !== undefined && globals.process?.versions === undefined
}

export function isWorker(): boolean {
  return globals.navigator?.userAgent === 'Cloudflare-Workers'
}

/** Tells whether this is Node, Bun or Deno: a process of its own, with as many connections as it likes. */
export function runsOneServer(): boolean {
  return globals.process?.versions?.['node'] !== undefined && !isWorker()
}

/** Names the run time of a server; undefined where a page's origin would have to allow for such a header. */
export function serverName(): string | undefined {
  if (isWorker()) return 'Cloudflare-Workers'
  const { document, process } = globals
  if (document !== undefined) return undefined
  const name = ['bun', 'deno', 'node'].find((runtime) => process?.versions?.[runtime] !== undefined)
  return name && `${name}/${process?.versions?.[name]}`
}

/** Gives the process if it has signals: what stands for `process` in browsers and on Workers has no process id. */
export function processWithSignals(): SignalledProcess | undefined {
  const { process } = globals
  return process?.pid === undefined || isWorker() ? undefined : (process as SignalledProcess)
}

export function emitWarning(message: string): void {
  const type = 'EventTrackingWarning'
  if (globals.process?.emitWarning) globals.process.emitWarning(message, type)
  // oxlint-disable-next-line no-console -- the only voice where there is no process
  else console.warn(`${type}: ${message}`)
}

// The timers of the platform at import, so that fake ones which come and go cannot stop a tracker for good. Not members of
// an object of ours: browsers call them on none but their own.
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis
const { setImmediate: setTurn } = globals

const here: Run = (callback, ...args) => callback(...args)

/**
 * Calls a function in the async context of this module's import, where the run time has such contexts: what a tracker does
 * belongs to no caller, neither to the one that made it nor to the one that woke it.
 */
export const inOwnContext: Run = /* @__PURE__ */ contextOfImport()

function contextOfImport(): Run {
  // There a tracker belongs to one request, and so does what it does.
  if (isWorker()) return here
  try {
    const { AsyncContext, process } = globals
    const snapshot = AsyncContext?.Snapshot && new AsyncContext.Snapshot()
    if (snapshot) return (callback, ...args) => snapshot.run(callback, ...args)
    return process?.getBuiltinModule?.('async_hooks')?.AsyncLocalStorage?.snapshot?.() ?? here
  } catch {
    return here
  }
}

/** Calls back in a turn of its own, after the code that runs now and all that it has resolved; in no caller's context. */
export function soon(callback: () => void): void {
  if (setTurn) inOwnContext(setTurn, callback)
  else inOwnContext(setTimer, callback, 0)
}

/** Calls back later, in no caller's context. */
export function startTimer(callback: () => void, delayMs: number): unknown {
  return inOwnContext(setTimer, callback, delayMs)
}

export function stopTimer(handle: unknown): void {
  clearTimer(handle as ReturnType<typeof setTimeout>)
}

/** Milliseconds since 1970, of the platform at import. */
export const timeOfDay: () => number = Date.now

/** Milliseconds since some fixed moment, of the platform at import. */
export const elapsedTime: () => number = /* @__PURE__ */ performance.now.bind(performance)

/** Calls a foreign function, in no caller's context: whatever it throws or rejects changes nothing. */
export function harmlessly<A extends unknown[]>(tell: (...args: A) => unknown, ...args: A): void {
  try {
    const result = inOwnContext(tell, ...args)
    if (typeof result === 'object') Promise.resolve(result).catch(() => undefined)
  } catch {
    // The hook's own problem: an event must not fail because a hook was called.
  }
}

/** A value that memory has at once, and a disk or a network only later. */
export type MaybePromise<T> = T | PromiseLike<T>

export function isPromise<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}
