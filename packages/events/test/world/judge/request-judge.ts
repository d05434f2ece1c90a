import { type Exchange, hasTaken } from '../api/api.ts'
import { identityOf } from '../api/identity.ts'
import type { WorldClock } from '../machine/clock.ts'
import type { Ledger, WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'
import type { Verdict } from './verdict.ts'

/** Judges what arrives at the API: that it is what was tracked, in its order, and not more often than at-least-once allows. */
export class RequestJudge {
  readonly #verdict: Verdict
  readonly #ledger: Ledger
  readonly #clock: WorldClock
  readonly #settings: ScriptSettings

  constructor(verdict: Verdict, ledger: Ledger, clock: WorldClock, settings: ScriptSettings) {
    this.#verdict = verdict
    this.#ledger = ledger
    this.#clock = clock
    this.#settings = settings
  }

  arrived(process: WorldProcess, exchange: Exchange): void {
    const { label, customer } = exchange
    this.#verdict.note(`${this.#clock.now} ${process.name} sends ${label} of ${customer}`)
    const event = this.#ledger.labelled(label)
    if (event === undefined) return this.#verdict.broken('what nobody tracked was sent', label)
    this.#judgeContent(event, exchange)
    this.#judgeRetry(process, event)
    this.#judgeProcess(process, exchange)
    this.#judgeAgain(process, event)
    if (!event.isLoose && !event.isReplayed) this.#judgeOrder(process, event)
    event.arrivals++
    event.arrivedAt = this.#clock.now
    process.exchanges.add(exchange)
    if (hasTaken(exchange)) event.taken++
  }

  answered(process: WorldProcess, exchange: Exchange): void {
    process.exchanges.delete(exchange)
    const { status } = exchange.reply
    this.#verdict.note(`${this.#clock.now} ${process.name} hears ${status} for ${exchange.label}`)
    const event = this.#ledger.labelled(exchange.label)
    if (event === undefined || process.isDead) return
    event.heardAt = this.#clock.now
    if (typeof status !== 'number') return
    if (status >= 200 && status < 300) {
      event.heardBy.add(process)
      process.takenAt = this.#clock.now
    }
    if (status >= 200 && status < 300) return
    process.pace.heard(exchange, this.#clock)
    event.hasNotedWait = false
    if (mayPass.has(status)) event.retryFrom.set(process, this.#clock.now + process.pace.askedMs(exchange))
  }

  givenUp(process: WorldProcess, exchange: Exchange): void {
    process.exchanges.delete(exchange)
  }

  #judgeContent(event: WorldEvent, { request, customer }: Exchange): void {
    const { expect } = this.#of(event)
    expect(event.customer === customer, 'sent for another customer')
    expect(request.headers.get('idempotency-key') === event.id, 'sent under another id')
    expect(event.body === undefined || event.body === request.content, 'sent with another body than before')
    expect(isSame(JSON.parse(request.content), event.content), 'sent with other data than it was given')
    const place = 'event' in event.content ? '/events' : '/customer'
    const path = event.process.environment === 'test' ? `${place}/test` : place
    expect(new URL(request.url).pathname === path, 'sent to another place')
    event.body = request.content
  }

  #judgeProcess(process: WorldProcess, { request, customer, label }: Exchange): void {
    const expect = this.#verdict.expect.bind(this.#verdict)
    const open = [...process.exchanges]
    expect(!process.hasClosed, 'nothing is sent after the shutdown', () => label)
    expect(open.length < this.#settings.concurrency, 'no more requests at once than concurrency allows')
    // What was erased while it was on its way is none of its lane any more.
    const other = open.find((each) => each.customer === customer && !this.#ledger.labelled(each.label)?.mayBeErased)
    expect(other === undefined, 'a customer has one request at a time', () => `${label} beside ${other?.label}`)
    const authorization = request.headers.get('authorization') ?? ''
    expect(
      this.#isRight(process, customer, authorization),
      'the token is sent, or the identity of the customer',
      () => authorization,
    )
    const others = [...request.headers].filter(([name]) => name !== 'authorization')
    process.secrets.judge('a request', `${request.url} ${request.content} ${JSON.stringify(others)}`)
    expect(
      // What waited for its token was on its way before.
      process.hadSlowToken || this.#clock.now >= process.pace.from,
      'nothing is sent before the time that an answer asked to wait for',
      () => `${label} at ${this.#clock.now}, asked for ${process.pace.from}`,
    )
  }

  #isRight({ tokens }: WorldProcess, customer: string, authorization: string): boolean {
    const hasIdentities = this.#settings.hasToken === 'identities'
    return [...tokens].some(
      (token) => authorization === `Bearer ${hasIdentities ? identityOf(token, customer) : token}`,
    )
  }

  #judgeAgain(process: WorldProcess, event: WorldEvent): void {
    const { expect } = this.#of(event)
    const isForgotten = process.sqlFailedAt >= event.arrivedAt
    expect(isForgotten || !event.isKnownAsDelivered, 'an id that the outbox knows as delivered is not sent again')
    if (event.isLoose) return
    const told = event.toldIn.get(process)?.at(-1)
    const mayBeOnItsWay = told === 'dropped' && event.mayBeErased
    expect(told === undefined || mayBeOnItsWay, `nothing is sent again after it has ended (${told})`)
    expect(!event.heardBy.has(process), 'nothing is sent again by a process that heard that it was taken')
    expect(
      event.recorded === undefined || mayBeOnItsWay,
      `nothing is sent again after it was recorded (${event.recorded})`,
    )
    // What waited for its token was on its way.
    const onItsWayMs = this.#settings.hasToken !== 'text' ? 4 * this.#settings.attemptTimeoutMs : 0
    expect(this.#clock.now <= event.erasedAt + onItsWayMs, 'nothing is sent after it was erased')
  }

  #judgeRetry(process: WorldProcess, event: WorldEvent): void {
    // A store that could not note the wait lends the event when its lease has run out.
    if (process.path !== undefined && !event.hasNotedWait) return
    const from = event.retryFrom.get(process) ?? 0
    const { expect } = this.#of(event)
    expect(this.#clock.now >= from, 'an event is not sent again before the time that its answer asked to wait for')
  }

  /** Earlier events of the customer must have ended. */
  #judgeOrder(process: WorldProcess, event: WorldEvent): void {
    const { expect } = this.#of(event)
    if (event.arrivals === 0) {
      expect(
        event.passedBy === undefined,
        'first arrivals come in the order of the calls',
        () => `after ${event.passedBy}`,
      )
    }
    for (const earlier of this.#ledger.of(event.customer)) {
      const isBefore = earlier.order < event.order && isComparable(earlier, event)
      if (!isBefore || earlier.isLoose || earlier.isReplayed) continue
      // An end that only a full disk keeps from being written may be forgotten: then the event is sent after all.
      if (earlier.arrivals === 0 && !earlier.mayHaveLeft && !earlier.mayBeErased) earlier.passedBy ??= event.label
      const isOwed = process.hasHooks && this.#isOwed(process, earlier)
      expect(!isOwed, 'nothing is sent before the one before it has ended', () => `before ${earlier.label}`)
    }
  }

  #isOwed(process: WorldProcess, event: WorldEvent): boolean {
    if (event.mayHaveLeft || event.mayBeErased || event.endIn(process) !== undefined) return false
    if (event.process === process) return true
    return event.isStored && ![...event.toldIn.keys()].some((other) => !other.isDead) && event.heardBy.size === 0
  }

  #of(event: WorldEvent) {
    const about = () => `${event.label} of ${event.customer} at ${this.#clock.now}`
    return {
      expect: (isKept: boolean, promise: string, more = () => '') =>
        this.#verdict.expect(isKept, promise, () => `${about()} ${more()}`.trim()),
    }
  }
}

/** After these an event is tried again, and not before the time that they ask for. */
const mayPass = new Set([408, 421, 425, 429, 500, 502, 503, 504, 529, 599])

/** Tells whether everybody can see which call was the earlier one. */
function isComparable(earlier: WorldEvent, later: WorldEvent): boolean {
  return earlier.process === later.process || earlier.process.endedAt <= later.process.startedAt
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
