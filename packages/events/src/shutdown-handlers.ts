import { ConfigurationError } from './errors/errors.ts'
import { isSignal, processWithSignals, type SignalledProcess } from './platform/platform.ts'
import type { WaitOptions } from './delivery/lifecycle.ts'

/** A tracker, or anything like one, that a signal shuts down. */
interface Closable {
  shutdown(options: WaitOptions): Promise<unknown>
}

export interface ShutdownOptions {
  /** Milliseconds that the tracker may take. @default 5_000 */
  timeoutMs?: number | undefined
  /** @default ['SIGTERM', 'SIGINT'] */
  signals?: readonly string[] | undefined
}

/** Defaults of the options. */
export const defaults = { timeoutMs: 5_000, signals: ['SIGTERM', 'SIGINT'] }

/** Number of a signal where the kernel does not end the process by it; 128 more is the exit code (POSIX shells). */
const signalNumbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 }

/** Handlers of each signal. The process has one listener for all of them: Node takes more than ten for a leak, and warns. */
const handlersOf = new Map<string, Set<(signal: string) => void>>()

/**
 * Shuts the tracker down when the process is asked to end, then lets it end: the signal is raised again, unless somebody
 * else listens to it too and so decides about the end. A second signal does not wait.
 *
 * @returns takes the handlers away again
 * @throws ConfigurationError where no signal can arrive (in browsers, on Workers, in a worker thread), for an unknown signal, for
 * what is no tracker, and for wrong options
 * @example
 * installShutdownHandlers(tracker, { timeoutMs: 5_000 })
 */
export function installShutdownHandlers(tracker: Closable, options: ShutdownOptions = {}): () => void {
  if (typeof (tracker as Closable | undefined)?.shutdown !== 'function') {
    throw new ConfigurationError('installShutdownHandlers needs a tracker, or an object with the method shutdown')
  }
  const { timeoutMs, signals } = checked(options)
  const process = processWithSignals()
  if (process === undefined) {
    throw new ConfigurationError(
      'installShutdownHandlers needs a process that gets signals: call it in the main thread of a server',
    )
  }
  let isClosing = false

  function uninstall(): void {
    for (const signal of signals) {
      const handlers = handlersOf.get(signal)
      if (!handlers?.delete(onSignal) || handlers.size > 0) continue
      handlersOf.delete(signal)
      process?.removeListener(signal, callHandlers)
    }
  }
  function onSignal(signal: string): void {
    if (isClosing) return end(signal)
    isClosing = true
    void tracker.shutdown({ timeoutMs }).then(() => end(signal))
  }
  function end(signal: string): void {
    uninstall()
    if (process && process.listenerCount(signal) === 0) raise(process, signal)
  }

  try {
    for (const signal of signals) {
      const handlers = handlersOf.get(signal)
      handlersOf.set(signal, (handlers ?? new Set()).add(onSignal))
      if (!handlers) process.on(signal, callHandlers)
    }
  } catch (thrown) {
    uninstall()
    throw new ConfigurationError(`signals: this process cannot listen to one of ${signals.join(', ')}`, thrown)
  }
  return uninstall
}

function callHandlers(signal: string): void {
  for (const handler of handlersOf.get(signal) ?? []) handler(signal)
}

function checked(options: ShutdownOptions | null) {
  const { timeoutMs = defaults.timeoutMs, signals = defaults.signals, ...unknown } = options ?? {}
  const names = Object.keys(unknown)
  if (names.length > 0) {
    throw new ConfigurationError(`Unknown option ${names.join(', ')}. Known are: timeoutMs, signals`)
  }
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new ConfigurationError('timeoutMs must be a number of at least 0')
  }
  if (!Array.isArray(signals) || signals.length === 0 || !signals.every((signal) => /^SIG[A-Z0-9]+$/.test(signal))) {
    throw new ConfigurationError("signals must be a list of names such as 'SIGTERM'")
  }
  const stranger = signals.find((signal) => !isSignal(signal))
  if (stranger !== undefined) throw new ConfigurationError(`signals: this system has no signal ${stranger}`)
  return { timeoutMs, signals: [...new Set(signals)] as string[] }
}

function raise(process: SignalledProcess, signal: string): void {
  // The kernel does not end the first process of a container by a signal that it does not handle (kill(2), NOTES).
  if (process.pid === 1) process.exit(128 + (signalNumbers[signal] ?? 15))
  else process.kill(process.pid, signal)
}
