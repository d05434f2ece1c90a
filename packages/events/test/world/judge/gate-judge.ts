import type { Exchange } from '../api/api.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'
import type { WorldEvent } from './ledger.ts'
import type { Seen } from './seen.ts'

type Sure = 'yes' | 'maybe' | 'no'

/** So many attempts in a row that settle nothing may close the gate, of at least so many customers. */
const failureLimit = 8
const customerLimit = 3
/** A server that fails is not asked more often than this. */
const shortestMs = 100
/** Timers ring at whole milliseconds. */
const slackMs = 2

/** Statuses after which an event is tried again, whatever the tracker remembers of it. */
const passing = new Set([408, 421, 425, 429, 500, 502, 503, 504, 529, 599])
/** Statuses that find fault with their event. */
const ownFaults = new Set([400, 413, 414, 415, 422])

/**
 * Judges the gate of a process as it can be seen from outside: what the answers so far allow a tracker, and oblige it to
 * do. The waits have a random part, so there are moments when it may send and need not.
 */
export class GateJudge {
  readonly #seen: Seen
  readonly #process: WorldProcess
  readonly #settings: ScriptSettings
  /** Requests that are on their way, each with its place among all requests and ends. */
  readonly #open = new Map<Exchange, number>()
  /** The moment at which an event is due again at the latest. */
  readonly #retryBy = new Map<string, number>()
  #places = 0
  /** The last closing: what left before the first place went through an open gate, what leaves after the last is a probe. */
  #closing = { first: 0, last: 0 }
  /** It is closed: an answer asked for it, and no later one may have opened it. */
  #isClosed = false
  /** It may be closed: no probe has surely opened it. */
  #mayBeClosed = false
  /** It may have been closed before what has just ended. */
  #wasClosed = false
  /** While it may be closed, the moment by which the next probe has to leave. */
  #opensBy = 0
  /** Nothing leaves before: it was closed for a row of failures. */
  #opensFrom = 0
  /** Customers of the failures since an answer has surely settled an event. */
  #failures: string[] = []
  /** The same, of those alone that surely count, since an answer may have settled one. */
  #sureFailures: string[] = []

  constructor(seen: Seen, process: WorldProcess) {
    this.#seen = seen
    this.#process = process
    this.#settings = seen.script.settings
  }

  /** A request leaves. */
  sent(exchange: Exchange): void {
    if (this.#isClosed && this.#isSure) {
      const { now } = this.#seen.clock
      const [first] = this.#probes(this.#closing.last)
      const details = () => `${exchange.label} beside ${first?.label} at ${now}, closed until ${this.#opensFrom}`
      this.#expect(now >= this.#opensFrom, 'a row of failures closes the gate', details)
      this.#expect(first === undefined, 'while the gate is closed one probe goes at a time', details)
      this.#judgeProbe(exchange)
    }
    this.#open.set(exchange, ++this.#places)
  }

  /** An answer comes, or the wait for it is given up. */
  ended(exchange: Exchange, isAnswered: boolean): void {
    const place = this.#open.get(exchange)
    if (!this.#open.delete(exchange) || place === undefined) return
    const { now } = this.#seen.clock
    const { status, body } = exchange.reply
    const answer = isAnswered && typeof status === 'number' ? status : undefined
    // Nobody sees when the tracker has read enough of it.
    if (answer !== undefined && body === 'endless') this.#process.hasUnseen = true
    const settles = answer === undefined ? 'no' : this.#settles(answer)
    const askedMs = answer === undefined ? undefined : this.#askedMs(exchange, answer)
    const first = ++this.#places
    this.#wasClosed = this.#mayBeClosed
    this.#retryBy.set(exchange.label, now + this.#mostWaitMs(askedMs, exchange))
    if (settles !== 'no' && place > this.#closing.first) this.#isClosed = false
    const closes = this.#closes(answer, askedMs, exchange)
    if (closes !== 'no') this.#close(askedMs, now, first, closes === 'yes')
    else if (settles === 'yes') this.#settled(place, now)
    else this.#failed(place, exchange.customer, now, first)
    if (settles !== 'no') this.#sureFailures = []
    else if (closes === 'no') this.#failedSurely(exchange, now)
  }

  /** Judges, when everything has come to rest, that nobody waits without a reason. */
  judgeRest(): void {
    const { now } = this.#seen.clock
    const { path, isClosing, hasHooks, exchanges } = this.#process
    if (!this.#isSure || path !== undefined || isClosing || !hasHooks) return
    if (exchanges.size >= this.#settings.concurrency) return
    const due = this.#heads().find((event) => this.#isDue(event))
    if (due === undefined) return
    const details = () => `${due.label} of ${due.customer} at ${now}, the gate opens by ${this.#opensBy}`
    if (!this.#mayBeClosed) this.#expect(false, 'while a place is free what is due is sent', details)
    const mayBeProbing = this.#probes(this.#closing.first).length > 0
    this.#expect(now < this.#opensBy || mayBeProbing, 'a gate whose time is up lets a probe through', details)
  }

  /** A probe goes to one of those that have been tried least: a bad event keeps nobody waiting. */
  #judgeProbe({ label, customer }: Exchange): void {
    const { ledger, clock } = this.#seen
    const event = ledger.labelled(label)
    if (this.#process.path !== undefined || !this.#process.hasHooks || !event || event.arrivals === 0) return
    // One that was given again after its end has not been tried yet.
    if (event.isLoose) return
    const isFresh = (other: WorldEvent) =>
      other.customer !== customer && other.arrivals === 0 && other.at < clock.now && this.#isDue(other)
    const fresh = this.#heads().find(isFresh)
    const details = () => `${label} of ${customer} before ${fresh?.label} of ${fresh?.customer} at ${clock.now}`
    this.#expect(fresh === undefined, 'a probe is of a customer that was tried least', details)
  }

  /** All attempts of this process were seen. */
  get #isSure(): boolean {
    return !this.#process.hasUnseen && !this.#process.hadSlowToken
  }

  #isDue(event: WorldEvent): boolean {
    const isInFlight = [...this.#open.keys()].some(({ label }) => label === event.label)
    return !isInFlight && this.#seen.clock.now >= (this.#retryBy.get(event.label) ?? event.at) + slackMs
  }

  /** The oldest pending event of each customer, where it is sure which that is. */
  #heads(): WorldEvent[] {
    const heads = new Map<string, WorldEvent | undefined>()
    for (const event of this.#seen.ledger.all) {
      const { customer, calls } = event
      if (heads.has(customer) || !calls.some(({ process }) => process === this.#process)) continue
      const isUnsure = event.isLoose || event.mayBeErased
      if (isUnsure) heads.set(customer, undefined)
      else if (event.endIn(this.#process) === undefined) heads.set(customer, event)
    }
    return [...heads.values()].filter((event) => event !== undefined)
  }

  #probes(since: number): Exchange[] {
    return [...this.#open].filter(([, place]) => place > since).map(([exchange]) => exchange)
  }

  #settles(status: number): Sure {
    if (status >= 200 && status < 300) return 'yes'
    if (passing.has(status)) return 'no'
    return ownFaults.has(status) ? 'yes' : 'maybe'
  }

  /** The wait that an answer asks for; undefined where it asks for none. */
  #askedMs(exchange: Exchange, status: number): number | undefined {
    if (exchange.reply.retryAfter === undefined || (status >= 200 && status < 300)) return undefined
    // In a form that may be nonsense it asks for something, or for nothing.
    return this.#process.pace.askedMs(exchange) || this.#settings.maxRetryAfterMs
  }

  #closes(status: number | undefined, askedMs: number | undefined, exchange: Exchange): Sure {
    if (status === 429) return 'yes'
    if (status !== 503 || askedMs === undefined) return 'no'
    return this.#process.pace.askedMs(exchange) > 0 ? 'yes' : 'maybe'
  }

  #failed(place: number, customer: string, now: number, first: number): void {
    this.#failures.push(customer)
    const mayBeProbe = this.#mayBeClosed && place > this.#closing.first
    const mayBeLong = this.#failures.length >= failureLimit && new Set(this.#failures).size >= customerLimit
    if (mayBeProbe || mayBeLong) this.#close(undefined, now, first, false)
  }

  /** So many of them close a gate that is surely open, for a while at least. */
  #failedSurely({ customer, label }: Exchange, now: number): void {
    // By an erasure an attempt is cut, and no failure.
    if (this.#seen.ledger.labelled(label)?.mayBeErased) return
    this.#sureFailures.push(customer)
    const isLong = this.#sureFailures.length >= failureLimit && new Set(this.#sureFailures).size >= customerLimit
    if (!isLong || this.#wasClosed) return
    this.#isClosed = true
    this.#opensFrom = now + shortestMs
  }

  #settled(place: number, now: number): void {
    this.#failures = []
    if (place > this.#closing.last && now >= this.#opensBy) this.#mayBeClosed = false
  }

  #close(askedMs: number | undefined, now: number, first: number, isSure: boolean): void {
    const { maxRetryAfterMs, backoff } = this.#settings
    const backoffMs = Math.max(shortestMs, backoff.capMs)
    const isHeeded = askedMs !== undefined && askedMs < maxRetryAfterMs
    const mostMs = isHeeded ? askedMs * 1.1 : Math.max((askedMs ?? 0) * 1.1, backoffMs)
    this.#opensBy = Math.max(this.#mayBeClosed ? this.#opensBy : 0, now + mostMs + slackMs)
    // Closed again, it keeps the probe that is on its way.
    this.#closing = { first: this.#mayBeClosed ? this.#closing.first : first, last: ++this.#places }
    this.#mayBeClosed = true
    if (isSure) this.#isClosed = true
  }

  #mostWaitMs(askedMs: number | undefined, { reply: { status } }: Exchange): number {
    const { maxRetryAfterMs, backoff } = this.#settings
    // The token may have been replaced.
    if (status === 401) return backoff.capMs
    return askedMs !== undefined && askedMs < maxRetryAfterMs ? askedMs : Math.max(askedMs ?? 0, backoff.capMs)
  }

  #expect(isKept: boolean, promise: string, details: () => string): void {
    this.#seen.verdict.expect(isKept, promise, details)
  }
}
