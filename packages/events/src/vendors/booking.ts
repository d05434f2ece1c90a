import type { AnyObject } from '../event/event.ts'
import { customersInContext } from '../platform/customers.ts'
import { harmlessly, inOwnContext, elapsedTime } from '../platform/platform.ts'
import { shown } from '../platform/shown.ts'
import { isMadeByCaller } from './callers.ts'
import { HostRules, type Match } from './hosts.ts'
import type { NodeModules } from './node-modules.ts'
import { OwnRequests } from './own-requests.ts'
import { type Kind, pathOf, type Request, type RequestListener } from './requests.ts'
import { isBilled, propertyOf, usualProperty } from './rule-functions.ts'
import type { VendorCall, VendorRules, VendorStats, VendorTracker } from './rules.ts'

/** A call of a vendor whose answer has not begun. */
interface Begun {
  readonly match: Match
  readonly customerId: string | undefined
  readonly startedAt: number
  /** Calls a function in the context of the call. */
  readonly inContext: (callback: () => void) => void
}

const minuteMs = 60_000

/** Makes events of the calls that a rule is for. It never throws: nothing of it may touch the vendor's request. */
export class Booking implements RequestListener {
  readonly #node: NodeModules
  readonly #tracker: VendorTracker
  readonly #rules: HostRules
  readonly #own: OwnRequests
  readonly #otherwise: string | undefined
  readonly #warn: (message: string) => unknown
  /** Undefined for a tracker's own request, which may be told of once more where it is known as that no longer. */
  readonly #begun = new WeakMap<Request, Begun | undefined>()
  readonly #counts = { booked: 0, notBilled: 0, withoutCustomer: 0 }
  readonly #told = new Set<string>()
  #untold = 0
  #toldAt = -Infinity

  /**
   * @param warn may throw
   * @throws ConfigurationError for a pattern that no host can match
   */
  constructor(
    node: NodeModules,
    tracker: VendorTracker,
    rules: VendorRules,
    otherwise: string | undefined,
    warn: (message: string) => unknown,
  ) {
    this.#node = node
    this.#tracker = tracker
    this.#rules = new HostRules(rules)
    this.#own = new OwnRequests(node)
    this.#otherwise = otherwise
    this.#warn = warn
  }

  /** @returns ends it */
  knowOwnRequests(): () => void {
    return this.#own.listen()
  }

  stats(): VendorStats {
    return { ...this.#counts }
  }

  began(request: Request, kind: Kind): void {
    try {
      const match = this.#rules.find(kind.originOf(request))
      // A newer Node tells of a request twice; and a tunnel is opened, not a vendor called.
      if (match === undefined || this.#begun.has(request) || request.method === 'CONNECT') return
      if (this.#own.has(match.host, request)) return
      const isHere = !kind.mayBeQueued || isMadeByCaller(request)
      this.#begun.set(request, isHere ? this.#begin(match) : this.#beginElsewhere(match))
    } catch (thrown) {
      this.#fault('a request could not be read', thrown)
    }
  }

  answered(request: Request, status: number): void {
    const begun = this.#begun.get(request)
    // An answer before the answer, such as 103.
    if (begun === undefined || status < 200) return
    this.#begun.delete(request)
    try {
      const call = callOf(request, begun, status)
      begun.inContext(() => this.#book(begun, call))
    } catch (thrown) {
      this.#fault('a call could not be booked', thrown)
    }
  }

  /** Begins a call that is made here; undefined for a tracker's own. */
  #begin(match: Match): Begun | undefined {
    if (this.#own.areMadeHere()) return undefined
    const customerId = customersInContext()?.getStore() ?? this.#otherwise
    // It keeps the context as AsyncLocalStorage.snapshot does, for a fraction of the time.
    const context = new this.#node.asyncHooks.AsyncResource('VendorCall')
    const inContext = (callback: () => void) => context.runInAsyncScope(callback)
    return { match, customerId, startedAt: elapsedTime(), inContext }
  }

  /** Begins a call whose context was lost. */
  #beginElsewhere(match: Match): Begun {
    this.#fault(
      'undici sends a request without the context of its caller, so that nobody is known as its customer. Older versions do so where a pool has few connections: update undici. Its interceptors for retries and redirects do so, too: repeat such calls yourself, or follow redirects by fetch. In a bundle with shortened names it cannot be told: leave undici out of that, or keep its names',
    )
    return { match, customerId: this.#otherwise, startedAt: elapsedTime(), inContext: inOwnContext }
  }

  #book({ match: { pattern, rule }, customerId }: Begun, call: VendorCall): void {
    // By pattern and not by host: one rule may be for thousands of hosts.
    const tell = (what: string, thrown?: unknown) =>
      this.#fault(`the rule for ${JSON.stringify(pattern)}: ${what}`, thrown)
    if (!isBilled(rule, call, tell)) return void this.#counts.notBilled++
    if (customerId === undefined) return this.#miss(call)
    const { event, category } = rule
    const property = rule.property === undefined ? usualProperty(call) : propertyOf(rule.property, call, tell)
    this.#counts.booked++
    this.#track(customerId, event, { category, property })
  }

  #track(
    customerId: string,
    event: string,
    options: { category: string | undefined; property: AnyObject | undefined },
  ): void {
    const delivery = this.#tracker.trackEvent(customerId, event, options)
    // A tracker's own deliveries never become unhandled rejections; what wraps one may return a promise that does.
    if (delivery instanceof Promise) delivery.catch(() => undefined)
  }

  /** Counts a call that nobody is known to be the customer of. */
  #miss({ host }: VendorCall): void {
    this.#counts.withoutCustomer++
    this.#untold++
    const now = elapsedTime()
    if (now - this.#toldAt < minuteMs) return
    this.#toldAt = now
    this.tellMissed(host)
  }

  /** Tells how many calls were booked to nobody since that was told last. */
  tellMissed(host?: string): void {
    if (this.#untold === 0) return
    const calls = this.#untold === 1 ? 'A call of a vendor was' : `${this.#untold} calls of vendors were`
    const which = host === undefined ? '' : `, the last one of ${host}`
    this.#untold = 0
    this.#tell(
      `${calls} made with no customer in context${which}: booked to nobody. Make such calls within withCustomer(customerId, …), or set otherwise.`,
    )
  }

  /** Tells of a fault of the rules, each once. Where one could not be asked, the call is booked in the usual way. */
  #fault(what: string, thrown?: unknown): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.#tell(`${what}${wordsOf(thrown)}`)
  }

  #tell(message: string): void {
    harmlessly(this.#warn, shown(`bookVendorCalls: ${message}`))
  }
}

/** The words of what was thrown, which may throw itself when it is asked. */
function wordsOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `: ${thrown.name}: ${thrown.message}` : ''
  } catch {
    return ''
  }
}

function callOf(request: Request, { match, startedAt }: Begun, status: number): VendorCall {
  const durationMs = Math.round(elapsedTime() - startedAt)
  return Object.freeze({ host: match.host, method: request.method, status, durationMs, path: pathOf(request) })
}
