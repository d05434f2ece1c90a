/** A process that can be told to end, and told why. */
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
}

interface Globals {
  process?: ProcessLike
  document?: unknown
  navigator?: { userAgent?: string }
  setImmediate?(callback: () => void): unknown
}

/** The globals that only some run times have. */
const globals = globalThis as unknown as Globals

/** A variable of the environment, where there is one that may be read. */
export function readEnvironment(name: string): string | undefined {
  try {
    return globals.process?.env?.[name]
  } catch {
    // Deno without --allow-env: as if it were not set.
    return undefined
  }
}

/** A page, not a server that happens to have a `document` (tests under jsdom). */
export function isBrowser(): boolean {
  return globals.document !== undefined && globals.process?.versions === undefined
}

export function isWorker(): boolean {
  return globals.navigator?.userAgent === 'Cloudflare-Workers'
}

/** Node, Bun or Deno: a process of its own, with as many connections as it likes. */
export function runsOneServer(): boolean {
  return globals.process?.versions?.['node'] !== undefined && !isWorker()
}

/** Browsers and Workers have no signals; what stands for `process` there has no process id. */
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

/** In a turn of its own, after the code that is running now and all that it has resolved. */
export function soon(callback: () => void): void {
  if (globals.setImmediate) globals.setImmediate(callback)
  else setTimeout(callback, 0)
}
