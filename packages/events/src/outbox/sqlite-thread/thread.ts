import type { Worker } from 'node:worker_threads'
import { ConfigurationError, OutboxError } from '../../errors/errors.ts'
import type { TrackingError } from '../../errors/tracking-error.ts'
import { inOwnContext, soon } from '../../platform/platform.ts'
import { errorOf } from './error-data.ts'
import type { Answer, Batch, Call, Method, ThreadData } from './messages.ts'

interface OpenCall {
  readonly call: Call
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * The thread of an outbox. It holds the process only while it is asked something.
 *
 * | a call is | becomes  | when                                                                                |
 * |-----------|----------|-------------------------------------------------------------------------------------|
 * | –         | gathered | it is made                                                                          |
 * | gathered  | sent     | the turn of the event loop ends: with all others of that turn, in one message       |
 * | gathered  | refused  | it has something that cannot be sent to a thread                                    |
 * | sent      | answered | the thread has carried it out                                                       |
 * | gathered, sent | refused | the thread has ended: whether it was carried out is not known                  |
 */
export class Thread {
  readonly #path: string
  readonly #now: (() => number) | undefined
  readonly #onEnd: (unanswered: readonly Call[]) => void
  readonly #worker: Worker
  /** Calls that are not answered. */
  readonly #open = new Map<number, OpenCall>()
  #gathered: Call[] = []
  #calls = 0
  /** It has said something. */
  #hasStarted = false
  #cause: unknown
  #end: TrackingError | undefined

  /**
   * @param onEnd is called before the calls are refused that the thread has not answered
   * @throws ConfigurationError where the run time has no threads, or allows none
   */
  constructor(data: ThreadData, now: (() => number) | undefined, onEnd: (unanswered: readonly Call[]) => void) {
    this.#path = data.path
    this.#now = now
    this.#onEnd = onEnd
    this.#worker = inOwnContext(() => startWorker(data))
    this.#worker.unref()
    this.#worker.on('message', (answers: readonly Answer[]) => this.#heard(answers))
    this.#worker.on('error', (error: unknown) => (this.#cause = error))
    this.#worker.on('exit', (code) => this.#ended(code))
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Ends the thread; what it was asked and has not answered is refused. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  ask<T>(method: Method, ...given: readonly unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#end) return reject(this.#end)
      if (this.#gathered.length === 0) soon(() => this.#send(this.#gathered.splice(0)))
      if (this.#open.size === 0) this.#worker.ref()
      const call = { number: ++this.#calls, method, given }
      this.#open.set(call.number, { call, resolve, reject })
      this.#gathered.push(call)
    })
  }

  #send(calls: readonly Call[]): void {
    if (this.#end) return
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      this.#worker.postMessage({ calls, now: this.#now?.() } satisfies Batch)
    } catch (thrown) {
      // Each alone, so that one that cannot be sent keeps no other from it.
      if (calls.length > 1) for (const call of calls) this.#send([call])
      else for (const { number } of calls) this.#close(number)?.reject(this.#unsendable(thrown))
    }
  }

  #heard(answers: readonly Answer[]): void {
    this.#hasStarted = true
    for (const { number, answer, error } of answers) {
      const open = this.#close(number)
      if (error) open?.reject(errorOf(error))
      else open?.resolve(answer as never)
    }
  }

  #close(number: number): OpenCall | undefined {
    const open = this.#open.get(number)
    this.#open.delete(number)
    if (this.#open.size === 0) this.#worker.unref()
    return open
  }

  #ended(code: number): void {
    const error = this.#hasStarted ? this.#lost(code) : notStarted(this.#cause)
    this.#end = error
    const unanswered = [...this.#open.values()]
    this.#open.clear()
    this.#onEnd(unanswered.map(({ call }) => call))
    for (const { reject } of unanswered) reject(error)
  }

  #lost(code: number): OutboxError {
    const why = this.#cause instanceof Error ? this.#cause.message : `with code ${code}`
    const message = `The thread of the outbox ${this.#path} ended by itself (${why}). The next call starts another one.`
    return new OutboxError('io', message, this.#cause)
  }

  #unsendable(thrown: unknown): OutboxError {
    const message = `The outbox ${this.#path} was given something that it cannot store. The cause says what.`
    return new OutboxError('entry', message, thrown)
  }
}

function startWorker(workerData: ThreadData): Worker {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads')
  if (threads === undefined) {
    throw new ConfigurationError('sqliteThreadOutbox needs threads, which Node, Deno and Bun have: use sqliteOutbox')
  }
  let file = new URL('./sqlite-worker.js', import.meta.url)
  // oxlint-disable-next-line no-unused-labels -- the build drops what bears this label: the sources run as they are
  CHECK: file = new URL('./worker.ts', import.meta.url)
  try {
    // Flags of the program are none of the thread's: some, such as --input-type, let no file be run.
    return new threads.Worker(file, { workerData, execArgv: [], name: 'event outbox' })
  } catch (thrown) {
    throw notStarted(thrown)
  }
}

function notStarted(cause: unknown): ConfigurationError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new ConfigurationError(
    `sqliteThreadOutbox could not start its thread${why}. A bundler has to leave @obsidianlaunch/events outside, and a run time with permissions to allow threads; or use sqliteOutbox, which needs none.`,
    cause,
  )
}
