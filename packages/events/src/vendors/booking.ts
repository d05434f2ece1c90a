import type { Delivery } from '../delivery/delivery.ts'
import { ValidationError } from '../errors/errors.ts'
import type { AnyObject } from '../event/event.ts'
import { customersInContext } from '../platform/customers.ts'
import { shown } from '../platform/shown.ts'
import { HostRules, type Match } from './hosts.ts'
import { isOwnRequest } from './own-requests.ts'
import type { Request, RequestListener } from './requests.ts'
import type { VendorCall, VendorRule, VendorRules } from './rules.ts'

/** Counts of the answered calls that a rule is for: each is in one of them. */
export interface VendorStats {
  /** Tracked as events; what becomes of those the tracker counts. */
  readonly booked: number
  /** Not to be booked, by their status or the rule's `when`. */
  readonly notBilled: number
  /** Made with no customer in context, and booked to nobody. */
  readonly withoutCustomer: number
}

/** The calls of a tracker that are needed. */
export interface VendorTracker {
  trackEvent(customerId: string, event: string, options?: object): Delivery
}

/** A call of a vendor whose answer has not begun. */
interface Begun {
  readonly match: Match
  readonly customerId: string | undefined
  readonly startedAt: number
}

const minuteMs = 60_000

/** Books the calls that a rule is for. It never throws: nothing of it may touch the vendor's request. */
export class Booking implements RequestListener {
  readonly #tracker: VendorTracker
  readonly #rules: HostRules
  readonly #otherwise: string | undefined
  readonly #warn: (message: string) => void
  readonly #begun = new WeakMap<Request, Begun>()
  readonly #counts = { booked: 0, notBilled: 0, withoutCustomer: 0 }
  readonly #told = new Set<string>()
  #untold = 0
  #toldAt = -Infinity

  /** @param warn may throw */
  constructor(
    tracker: VendorTracker,
    rules: VendorRules,
    otherwise: string | undefined,
    warn: (message: string) => void,
  ) {
    this.#tracker = tracker
    this.#rules = new HostRules(rules)
    this.#otherwise = otherwise
    this.#warn = warn
  }

  stats(): VendorStats {
    return { ...this.#counts }
  }

  began(request: Request, originOf: (request: never) => string): void {
    try {
      const match = this.#rules.find(originOf(request as never))
      // A newer Node tells of a request twice; and a tunnel is opened, not a vendor called.
      if (match === undefined || this.#begun.has(request) || request.method === 'CONNECT' || isOwnRequest()) return
      const customerId = customersInContext()?.getStore() ?? this.#otherwise
      this.#begun.set(request, { match, customerId, startedAt: performance.now() })
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
      this.#book(begun, callOf(request, begun, status))
    } catch (thrown) {
      this.#fault('a call could not be booked', thrown)
    }
  }

  #book({ match: { rule }, customerId }: Begun, call: VendorCall): void {
    if (!this.#isBilled(rule, call)) return void this.#counts.notBilled++
    if (customerId === undefined) return this.#miss(call)
    this.#counts.booked++
    const property = rule.property === undefined ? usual(call) : this.#propertyOf(rule.property, call)
    const delivery = this.#track(customerId, rule, property)
    if (rule.property === undefined) return
    void delivery.settled().then((settlement) => {
      if (settlement.outcome !== 'rejected' || !(settlement.error instanceof ValidationError)) return
      this.#fault(`what the property function of ${call.host} returns cannot be sent`, settlement.error)
      this.#track(customerId, rule, usual(call))
    })
  }

  #track(customerId: string, { event, category }: VendorRule, property: AnyObject | undefined): Delivery {
    return this.#tracker.trackEvent(customerId, event, { category, property })
  }

  #isBilled({ when }: VendorRule, call: VendorCall): boolean {
    const usual = call.status < 400
    if (when === undefined) return usual
    try {
      const isBilled: unknown = when(call)
      if (typeof isBilled === 'boolean') return isBilled
      this.#fault(`the when function of ${call.host} returns neither true nor false`)
    } catch (thrown) {
      this.#fault(`the when function of ${call.host} throws`, thrown)
    }
    return usual
  }

  #propertyOf(property: NonNullable<VendorRule['property']>, call: VendorCall): AnyObject | undefined {
    try {
      const made: unknown = property(call)
      if (made === undefined || (typeof made === 'object' && made !== null && !('then' in made))) return made
      this.#fault(`the property function of ${call.host} does not return an object`)
    } catch (thrown) {
      this.#fault(`the property function of ${call.host} throws`, thrown)
    }
    return usual(call)
  }

  /** Counts a call that nobody is known to be the customer of. */
  #miss({ host }: VendorCall): void {
    this.#counts.withoutCustomer++
    this.#untold++
    const now = performance.now()
    if (now - this.#toldAt < minuteMs) return
    this.#toldAt = now
    this.tellMissed(host)
  }

  /** Tells how many calls were booked to nobody since that was told last. */
  tellMissed(host?: string): void {
    if (this.#untold === 0) return
    const calls = this.#untold === 1 ? 'A call of a vendor was' : `${this.#untold} calls of vendors were`
    const which = host === undefined ? '' : `, the last one of ${shown(host)}`
    this.#untold = 0
    this.#tell(
      `${calls} made with no customer in context${which}: booked to nobody. Make such calls within withCustomer(customerId, …), or set otherwise.`,
    )
  }

  /** Tells of a fault of the rules, each once. Where one could not be asked, the call is booked in the usual way. */
  #fault(what: string, thrown?: unknown): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    const why = thrown instanceof Error ? `: ${thrown.name}: ${thrown.message}` : ''
    this.#tell(`bookVendorCalls: ${shown(`${what}${why}`)}`)
  }

  #tell(message: string): void {
    try {
      this.#warn(message)
    } catch {
      // A logger that fails is nobody's concern here.
    }
  }
}

/** The property of a call where its rule makes none. */
function usual({ host, method, status, durationMs }: VendorCall): AnyObject {
  return { host, method, status, durationMs }
}

function callOf({ method, path }: Request, { match, startedAt }: Begun, status: number): VendorCall {
  const durationMs = Math.round(performance.now() - startedAt)
  return { host: match.host, method, status, durationMs, path: pathOf(path) }
}

/** The path alone: of an address as a proxy is told it, too. */
function pathOf(path: string): string {
  const [bare = ''] = path.split('?', 1)
  return bare.replace(/^https?:\/\/[^/]*/, '') || '/'
}
