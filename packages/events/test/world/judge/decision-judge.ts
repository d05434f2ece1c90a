import type { EventTrackingError } from '../../../src/index.ts'
import type { Exchange } from '../api/api.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { About } from './hook-judge.ts'
import type { WorldEvent } from './ledger.ts'
import type { Seen } from './seen.ts'

/** Statuses that may pass by themselves. */
const passing = new Set([408, 421, 425, 429, 500, 502, 503, 504, 529, 599, 600])

/** The tokens under which an event was sent. */
interface Sent {
  readonly tokens: Set<string>
  /** True if the function would have given another one when its last answer came, or would have failed. */
  mayHaveNewer: boolean
}

/** Judges what the tracker decides about an event: to send it, to try it again, to give it up. */
export class DecisionJudge {
  readonly #seen: Seen
  readonly #sent = new Map<WorldEvent, Sent>()

  constructor(seen: Seen) {
    this.#seen = seen
  }

  /** A request leaves. */
  sent(process: WorldProcess, { label, request }: Exchange): void {
    const { ledger, verdict } = this.#seen
    const event = ledger.labelled(label)
    verdict.expect(process.isEnabled, 'a tracker that is not enabled sends nothing', () => label)
    if (event === undefined) return
    const sent = this.#sent.get(event) ?? { tokens: new Set(), mayHaveNewer: false }
    sent.tokens.add((request.headers.get('authorization') ?? '').replace('Bearer ', ''))
    this.#sent.set(event, sent)
    // A durable outbox keeps what nobody waits for any more.
    const isBounded = process.path === undefined && event.maxRetries !== undefined && !event.isLoose
    const mayLeave = !isBounded || event.arrivals <= (event.maxRetries ?? 0)
    verdict.expect(mayLeave, 'an event is not tried more often than maxRetries allows', () => label)
    this.#judgeAge(process, event)
  }

  answered({ label, request, customer }: Exchange): void {
    const { ledger, tokens, script } = this.#seen
    const event = ledger.labelled(label)
    const sent = event && this.#sent.get(event)
    if (sent === undefined) return
    const isNewer = request.headers.get('authorization') !== `Bearer ${tokens.of(customer, script.settings)}`
    const isReady = isNewer && sent.tokens.size === 1 && tokens.way === 'same'
    sent.mayHaveNewer = isReady || tokens.way === 'throws' || tokens.way === 'hangs'
  }

  /** A hook is told that an event has failed. */
  failed(process: WorldProcess, error: EventTrackingError, about: About): void {
    const { ledger, verdict, script } = this.#seen
    const [event, ...twins] = ledger.named(about.customerId, about.id)
    if (event === undefined || twins.length > 0 || event.isLoose || error.kept || error.code !== 'api') return
    const { status } = error as unknown as { status: number }
    const mayPass = process.path !== undefined || about.attempts <= (event.maxRetries ?? Infinity)
    const details = () => `${event.label}, ${status}`
    if (mayPass) verdict.expect(!passing.has(status), 'what may pass is tried again until its time is up', details)
    // What could still have passed was cut by the end of its time.
    const isOutdated = status === 401 && !error.retryable && this.#sent.get(event)?.mayHaveNewer === true && mayPass
    if (script.settings.hasToken !== 'text' && process.path === undefined)
      verdict.expect(!isOutdated, 'a token that was refused is asked for anew', details)
  }

  /** Judges that no event is sent that has become too old; while the process stood still it did not age. */
  #judgeAge(process: WorldProcess, event: WorldEvent): void {
    const { clock, script, verdict, setAt } = this.#seen
    const { maxAgeMs, attemptTimeoutMs, hasClock } = script.settings
    const isOwn = process.path !== undefined && event.process === process && !event.isReplayed && !event.isLoose
    if (!isOwn || (hasClock && setAt >= event.at)) return
    // Once nobody waits for it, it is as old as its entry.
    const since = Math.max(event.at, event.storedAt)
    const ageMs = clock.now - since - clock.stoodMsSince(since)
    // What waited for its token was on its way.
    const isFresh = ageMs < maxAgeMs + attemptTimeoutMs
    verdict.expect(isFresh, 'what is too old is not sent', () => `${event.label} after ${ageMs} ms`)
  }
}
