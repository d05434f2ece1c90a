import { EventTracker, ValidationError, type EventTrackingError, type Report } from '@obsidianlaunch/events'
import { readLines, type EventFile } from './file.ts'
import { parseLine, type Call } from './lines.ts'
import { idOf, lineOf } from './wire.ts'

/** How many events may be owed before the file has to wait. */
const mostPending = 2_000
/** More than these are only counted. */
const refusalsShown = 20

/** Next to the number of a line the bare issues read best. */
function reasonOf(error: EventTrackingError): string {
  if (!(error instanceof ValidationError)) return error.message
  return error.issues.map(({ path, reason }) => `${path} ${reason}`.trim()).join('; ')
}

export interface Refusal {
  line: number
  reason: string
}

/** The way of one file through the SDK. */
export class Sending {
  /** Lines that could not be read as a call, so that the SDK never saw them. */
  unreadable = 0
  refused = 0
  /** Requests that had to be made again. */
  retries = 0
  /** The first of them. */
  readonly refusals: Refusal[] = []
  readonly file: EventFile
  readonly #tracker: EventTracker

  constructor(file: EventFile, baseUrl: string) {
    this.file = file
    this.#tracker = new EventTracker({
      token: 'demo-token',
      baseUrl,
      backoff: { baseMs: 50, capMs: 1_000 },
      onDelivered: ({ attempts }) => this.#count(attempts),
      onError: (error, { id, attempts }) => {
        this.#count(attempts)
        // What a stop has left unsent is in the books as dropped; that is no fault of its line.
        if (error.code !== 'closed') this.#refuse(lineOf(id), reasonOf(error))
      },
    })
  }

  stats(): Report {
    return this.#tracker.stats()
  }

  /** How many lines are done with, one way or the other. */
  get settled(): number {
    const { accepted, pending } = this.stats()
    return this.unreadable + accepted - pending
  }

  /** Sends the file; once `stop` is aborted, what is under way gets a second to arrive. */
  async run(stop: AbortSignal): Promise<Report> {
    const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
    for await (const line of readLines(this.file.path)) {
      if (stop.aborted) break
      const call = 'text' in line ? parseLine(line.text) : line
      if ('reason' in call) {
        this.unreadable++
        this.#refuse(line.number, call.reason)
        continue
      }
      const delivery = this.#send(call, idOf(line.number))
      if (this.stats().pending >= mostPending) await Promise.race([delivery.settled(), stopped])
    }
    await Promise.race([this.#tracker.flush(), stopped])
    return this.#tracker.shutdown({ timeoutMs: 1_000 })
  }

  /** The casts let what the file says reach the SDK, which judges it. */
  #send(call: Call, id: string) {
    const customerId = call.customerId as string
    if (call.type === 'track')
      return this.#tracker.trackEvent(customerId, call.event as string, { ...call.details, id })
    return this.#tracker.identifyCustomer(customerId, call.details, { id })
  }

  #count(attempts: number): void {
    this.retries += Math.max(0, attempts - 1)
  }

  #refuse(line: number, reason: string): void {
    this.refused++
    if (this.refusals.length < refusalsShown) this.refusals.push({ line, reason })
  }
}
