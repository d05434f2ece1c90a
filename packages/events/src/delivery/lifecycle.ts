import type { TrackerTime } from '../platform/timer.ts'
import { soon } from '../platform/platform.ts'
import { shown } from '../platform/shown.ts'
import type { Append } from './append.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import type { Hooks } from './hooks.ts'
import type { Environment } from '../event/event.ts'
import type { TrackerStats } from '../event/report.ts'
import { closedError } from './failure.ts'
import type { Opening } from './opening.ts'
import type { GateStatus } from './gate.ts'
import type { OutboxTrouble } from '../outbox/trouble.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import type { Promises } from './promises.ts'

/** Options of a flush or a shutdown. */
export interface WaitOptions {
  /** Milliseconds. @default until nothing is pending, which the tracker's budgets bound */
  timeoutMs?: number | undefined
}

/** The state of a tracker beside its counts, for a person who looks after it. */
export interface TrackerStatus {
  /** No longer `open` once it is being shut down. */
  readonly state: 'open' | 'closing' | 'closed'
  /** Environment that events are sent to. */
  readonly environment: Environment
  readonly gate: GateStatus
  /** Attempts that are under way. */
  readonly inFlight: number
  readonly outbox: {
    readonly durable: boolean
    /** One that is durable is opened by the first event, or by `start`; where it `failed`, the next one tries again. */
    readonly state: 'unopened' | 'opening' | 'open' | 'failed'
    /** Its failure, while it fails. */
    readonly trouble: OutboxTrouble | undefined
  }
}

/** The time that an outbox may take to close where no deadline is nearer. */
const longestCloseMs = 5_000
/** Turns of the event loop that it has after the deadline: a file needs a few, and is to be given up cleanly. */
const turnsToClose = 20

/**
 * The life of a tracker: flush, shutdown, and what keeps a run time alive.
 *
 * | state   | what happens                                               | next    |
 * |---------|------------------------------------------------------------|---------|
 * | open    | `shutdown` is called                                       | closing |
 * | closing | nothing is pending any more, or the earliest deadline came | closed  |
 */
export class Lifecycle {
  readonly #time: TrackerTime
  readonly #hooks: Hooks
  readonly #awaited: AwaitedEvents
  readonly #outcomes: Outcomes
  readonly #promises: Promises
  readonly #outbox: OutboxClient
  readonly #loop: DeliveryLoop
  readonly #append: Append
  readonly #opening: Opening
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closing: Promise<TrackerStats> | undefined
  /** The wait of all shutdowns: the earliest deadline counts. */
  #end: { deadline: number } | undefined
  /** Gives up an outbox that does not close, the moment at which that is due, and the timer that will. */
  #giveUp: (() => void) | undefined
  #giveUpAt = Infinity
  #giveUpTimer: unknown

  constructor(
    time: TrackerTime,
    hooks: Hooks,
    awaited: AwaitedEvents,
    outcomes: Outcomes,
    promises: Promises,
    outbox: OutboxClient,
    loop: DeliveryLoop,
    append: Append,
    opening: Opening,
  ) {
    this.#time = time
    this.#hooks = hooks
    this.#awaited = awaited
    this.#outcomes = outcomes
    this.#promises = promises
    this.#outbox = outbox
    this.#loop = loop
    this.#append = append
    this.#opening = opening
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Goes on with what a durable outbox holds. */
  async start(): Promise<TrackerStats> {
    // Why it could not be opened is told to the hooks, and to each call that needs it.
    await this.#opening.open().catch(() => undefined)
    return this.#outcomes.ledger.report()
  }

  flush(options: WaitOptions | number): Promise<TrackerStats> {
    const timeoutMs = timeoutOf(options, (problem) => this.#hooks.misuse(problem))
    return this.#nothingPending(this.#time.elapsed() + timeoutMs).done.then(() => this.#outcomes.ledger.report())
  }

  shutdown(options: WaitOptions | number): Promise<TrackerStats> {
    const deadline = this.#time.elapsed() + timeoutOf(options, (problem) => this.#hooks.misuse(problem))
    if (this.#closing === undefined) {
      this.#state = 'closing'
      this.#awaited.close()
      const { flush, done } = this.#nothingPending(deadline)
      this.#end = flush
      this.#closing = done.then(() => this.#close())
    } else if (this.#state === 'closing' && this.#end && deadline < this.#end.deadline) {
      // Whichever deadline comes first ends the wait of all.
      this.#end.deadline = deadline
      this.#promises.tick(this.#time.elapsed(), this.#time.running())
      this.#giveUpBy(deadline)
      this.#loop.wakeAt(deadline)
    }
    return this.#closing
  }

  /** Asks a run time that stops when it has answered to wait until nothing is pending. */
  keepAlive(waitUntil: (promise: Promise<unknown>) => unknown): void {
    const failed = (thrown: unknown) =>
      this.#hooks.misuse(`waitUntil failed (${whyOf(thrown)}); give it as (promise) => context.waitUntil(promise).`)
    try {
      const answer: unknown = waitUntil(this.#untilIdle())
      // One that is async fails later, and must not end the process.
      if (typeof answer === 'object') Promise.resolve(answer).catch(failed)
    } catch (thrown) {
      failed(thrown)
    }
  }

  async #untilIdle(): Promise<void> {
    while (this.#awaited.size > 0 && this.#state !== 'closed') {
      await this.#promises.flush(this.#awaited.calls, this.#awaited.size, Infinity).done
    }
  }

  /** Waits for a snapshot of what is pending now; what a durable outbox holds counts too, and is known when it is open. */
  #nothingPending(deadline: number): { flush: { deadline: number }; done: Promise<void> } {
    // What could not be opened is tried again for the next event, and not for the sake of waiting.
    const isOpening = this.#opening.isMissing && !(this.#opening.hasFailed && this.#awaited.size === 0)
    const isIdle = this.#state === 'closed' || (!isOpening && this.#outbox.durable && this.#loop.isAtRest)
    const left = isIdle ? 0 : this.#outcomes.ledger.report().pending
    const opensSince = isOpening && !isIdle ? this.#time.running() : undefined
    const wait = this.#promises.flush(this.#awaited.calls, left, deadline, opensSince)
    if (!this.#promises.areFlushing) return wait
    if (isOpening) this.#opening.begin()
    this.#loop.wakeAt(deadline)
    return wait
  }

  async #close(): Promise<TrackerStats> {
    await this.#loop.stop()
    if (this.#outbox.durable) {
      await this.#closeOutbox()
      // What was asked before is carried out, and has been answered when this turn is over.
      await new Promise<void>(soon)
    }
    this.#loop.end()
    // Closed before anybody is told: a hook finds nothing any more that it could erase or wait for.
    this.#state = 'closed'
    this.#opening.close()
    const abandoned = this.#append.abandon().filter((event) => !event.isAwaited)
    for (const event of [...this.#awaited.inOrder(), ...abandoned]) this.#outcomes.leave(event)
    this.#outbox.emptyMemory()
    this.#promises.close(closedError)
    return this.#outcomes.ledger.report()
  }

  /** Closes a durable outbox. One that does not answer keeps nobody from closing: it is told so, and left to itself. */
  async #closeOutbox(): Promise<void> {
    const closing = this.#loop.claimed().then(() => this.#outbox.close())
    await new Promise<void>((end) => {
      this.#giveUp = () => {
        if (this.#giveUp) this.#outbox.giveUp()
        end()
      }
      void closing.then(end)
      this.#giveUpBy(Math.min(this.#end?.deadline ?? Infinity, this.#time.elapsed() + longestCloseMs))
    })
    this.#giveUp = undefined
    this.#clearGiveUp()
  }

  /** The nearest deadline counts. */
  #giveUpBy(deadline: number): void {
    const giveUp = this.#giveUp
    if (giveUp === undefined || deadline >= this.#giveUpAt) return
    this.#giveUpAt = deadline
    this.#clearGiveUp()
    const leftMs = deadline - this.#time.elapsed()
    if (leftMs > 0) this.#giveUpTimer = this.#time.setTimeout(giveUp, leftMs)
    else void turns(turnsToClose).then(giveUp)
  }

  #clearGiveUp(): void {
    if (this.#giveUpTimer !== undefined) this.#time.clearTimeout(this.#giveUpTimer)
    this.#giveUpTimer = undefined
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>(soon)
}

function whyOf(thrown: unknown): string {
  try {
    return shown(String(thrown instanceof Error ? thrown.message : thrown))
  } catch {
    return 'by something that cannot be read'
  }
}

/** A wait promises never to fail, so a deadline that makes no sense is told to `misuse` and not thrown. */
function timeoutOf(options: unknown, misuse: (problem: string) => void): number {
  const { timeoutMs = Infinity, ...unknown } = fieldsOf(options)
  const names = Object.keys(unknown)
  if (names.length > 0) misuse(`Unknown option ${names.join(', ')} of a wait; known is: timeoutMs.`)
  if (typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs)) return Math.max(0, timeoutMs)
  misuse('timeoutMs must be a number; this call has no deadline.')
  return Infinity
}

/** A bare value can only be meant as the milliseconds. */
function fieldsOf(options: unknown): { timeoutMs?: unknown } {
  if (options === undefined || options === null) return {}
  return typeof options === 'object' ? options : { timeoutMs: options }
}
