import { type Customers, customersInContext } from './customers.ts'

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
  getBuiltinModule?(name: string): BuiltinModule | undefined
}

/** The members of Node's modules that are used: of async_hooks, worker_threads, os and diagnostics_channel. */
interface BuiltinModule {
  AsyncLocalStorage?: { new (): Customers; snapshot?(): Run }
  isMainThread?: boolean
  constants?: { signals?: Record<string, number> }
  tracingChannel?(name: string): unknown
}

/** Calls a function with the arguments behind it. */
type Run = <A extends unknown[], R>(callback: (...args: A) => R, ...args: A) => R

interface Globals {
  process?: ProcessLike
  performance?: { now(): number }
  AsyncContext?: { Snapshot?: new () => { run: Run } }
  document?: unknown
  navigator?: { userAgent?: string }
  setImmediate?: (callback: () => void) => unknown
}

/** The globals that only some run times have. One that is there may still throw when it is used, or when it is read. */
const globals = globalThis as unknown as Globals

/** Asks the run time for something; undefined where it lacks or refuses that. */
export function ask<T>(question: () => T): T | undefined {
  try {
    return question()
  } catch {
    return undefined
  }
}

/** Reads a variable of the environment, where there is one that may be read: Deno without --allow-env throws. */
export function readEnvironment(name: string): string | undefined {
  return ask(() => globals.process?.env?.[name])
}

function versions(): Record<string, string> | undefined {
  return ask(() => globals.process?.versions)
}

/** Tells a page from a server that happens to have a `document` (tests under jsdom). */
export function isBrowser(): boolean {
  return ask(() => globals.document) !== undefined && versions() === undefined
}

export function isWorker(): boolean {
  return ask(() => globals.navigator?.userAgent) === 'Cloudflare-Workers'
}

/** Tells whether this is Node, Bun or Deno: a process of its own, with as many connections as it likes. */
export function runsOneServer(): boolean {
  return versions()?.['node'] !== undefined && !isWorker()
}

/** Tells Node itself from what speaks its language. */
export function isNode(): boolean {
  return runsOneServer() && versions()?.['bun'] === undefined && versions()?.['deno'] === undefined
}

/** Names the run time of a server; undefined where a page's origin would have to allow for such a header. */
export function serverName(): string | undefined {
  if (isWorker()) return 'Cloudflare-Workers'
  if (ask(() => globals.document) !== undefined) return undefined
  const name = ['bun', 'deno', 'node'].find((runtime) => versions()?.[runtime] !== undefined)
  return name && `${name}/${versions()?.[name]}`
}

/** Gives the process if it has signals: what stands for `process` elsewhere has no process id, and a thread hears none of them. */
export function processWithSignals(): SignalledProcess | undefined {
  const process = ask(() => globals.process)
  if (process?.pid === undefined || isWorker() || builtin('worker_threads')?.isMainThread === false) return undefined
  return process as SignalledProcess
}

/** Tells whether the system knows a signal, as far as it says so: a process listens to any name, and some never come. */
export function isSignal(name: string): boolean {
  const known = builtin('os')?.constants?.signals
  return known === undefined || Object.hasOwn(known, name)
}

/** A module of Node, where the run time has it. */
export function builtin(name: string): BuiltinModule | undefined {
  return ask(() => globals.process?.getBuiltinModule?.(name))
}

/** Warns, if only on the console, or not at all where the run time has no voice. */
export function emitWarning(message: string): void {
  const type = 'EventTrackingWarning'
  const warn = () => {
    if (globals.process?.emitWarning === undefined) return false
    globals.process.emitWarning(message, type)
    return true
  }
  // oxlint-disable-next-line no-console -- the only voice where there is no process
  if (!ask(warn)) ask(() => console.warn(`${type}: ${message}`))
}

// The timers and the clock of the platform at import, so that fake ones which come and go cannot stop a tracker for good.
// Not members of an object of ours: browsers call them on none but their own.
const setTimer = ask(() => globalThis.setTimeout) as typeof setTimeout
const clearTimer = ask(() => globalThis.clearTimeout) as typeof clearTimeout
const now: () => number = Date.now
let setTurn = ask(() => globals.setImmediate)

const here: Run = (callback, ...args) => callback(...args)

/**
 * Calls a function in the async context of this module's import, where the run time has such contexts: what a tracker does
 * belongs to no caller, neither to the one that made it nor to the one that woke it.
 */
export const inOwnContext: Run = /* @__PURE__ */ contextOfImport()

function contextOfImport(): Run {
  // There a tracker belongs to one request, and so does what it does.
  if (isWorker()) return here
  return ask(() => tried(snapshot())) ?? here
}

function snapshot(): Run | undefined {
  // This module may be loaded for the first time by a request of a customer.
  SERVER: if (customersInContext()?.getStore() !== undefined) return customersInContext()?.run(undefined, snapshot)
  const { AsyncContext } = globals
  const taken = AsyncContext?.Snapshot && new AsyncContext.Snapshot()
  if (taken) return (callback, ...args) => taken.run(callback, ...args)
  return builtin('async_hooks')?.AsyncLocalStorage?.snapshot?.()
}

/** @throws where it cannot be called */
function tried<F extends (callback: () => void) => unknown>(run: F | undefined): F | undefined {
  run?.(() => undefined)
  return run
}

/** Calls back in a turn of its own, after the code that runs now and all that it has resolved; in no caller's context. */
export function soon(callback: () => void): void {
  if (setTurn !== undefined) {
    try {
      return void inOwnContext(setTurn, callback)
    } catch {
      // A stub (Next.js's edge runtime): not asked again.
      setTurn = undefined
    }
  }
  try {
    startTimer(callback, 0)
  } catch {
    // What a run time without timers is told (see `obstacle`) is told in a microtask.
    // oxlint-disable-next-line promise/no-callback-in-promise -- it is no callback of a promise's user
    void Promise.resolve().then(callback)
  }
}

/** Calls back later, in no caller's context. */
export function startTimer(callback: () => void, delayMs: number): unknown {
  return inOwnContext(setTimer, callback, delayMs)
}

export function stopTimer(handle: unknown): void {
  clearTimer(handle as ReturnType<typeof setTimeout>)
}

/**
 * Asks for time or chance, in no caller's context where the clock is not the platform's own: a framework that has put another
 * one in its place notes who asks (Next.js, of what it prerenders).
 */
export const unnoted: Run = /* @__PURE__ */ isNative(now) ? here : inOwnContext

/** Milliseconds since 1970. */
export function timeOfDay(): number {
  return unnoted(now)
}

/** Tells whether a clock is the platform's own. A bound function is native code, too, but has no name there. */
function isNative(clock: () => number): boolean {
  return /^function now\(\)\s*\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(clock))
}

/** Milliseconds since some fixed moment, of the platform at import. */
export const elapsedTime: () => number = /* @__PURE__ */ elapsedOfImport()

function elapsedOfImport(): () => number {
  const clock = ask(() => globals.performance)
  return clock?.now === undefined ? forward(timeOfDay) : clock.now.bind(clock)
}

/** Tells how far a clock has gone forward, in milliseconds. Where it is set back, time goes on from there. */
export function forward(time: () => number): () => number {
  let [last, passed] = [-Infinity, 0]
  return () => {
    const moment = time()
    if (moment > last && last !== -Infinity) passed += moment - last
    last = moment
    return passed
  }
}

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
