import type { Delivery } from '../../../src/index.ts'
import type { Verdict } from '../judge/verdict.ts'
import type { Machine } from './machine.ts'

/** An event that was called on one of the machines. */
export class SeveralEvent {
  readonly label: string
  readonly customer: string
  readonly machine: Machine
  readonly delivery: Delivery
  /** Moments in the order of all that is noted: of the call, when it was told to be stored, and of the first arrival. */
  readonly calledAt: number
  storedAt = Infinity
  arrivedAt = Infinity
  arrivals = 0
  /** Arrivals that the API has taken. */
  taken = 0
  outcome: string | undefined
  isSaidToBeKept = false
  mayBeErased = false
  isReplayed = false
  /** The machines that have told their hooks of its end. */
  readonly toldBy = new Set<Machine>()

  constructor(label: string, customer: string, machine: Machine, delivery: Delivery, calledAt: number) {
    this.label = label
    this.customer = customer
    this.machine = machine
    this.delivery = delivery
    this.calledAt = calledAt
  }
}

/** All events of all machines, and what each promises about those behind it. */
export class SeveralLedger {
  readonly all: SeveralEvent[] = []
  readonly #byLabel = new Map<string, SeveralEvent>()
  readonly #byId = new Map<string, SeveralEvent>()
  readonly #verdict: Verdict
  #moments = 0

  constructor(verdict: Verdict) {
    this.#verdict = verdict
  }

  /** The next moment. */
  moment(): number {
    return ++this.#moments
  }

  add(event: SeveralEvent): void {
    this.all.push(event)
    this.#byLabel.set(event.label, event)
    this.#byId.set(`${event.customer}\n${event.delivery.id}`, event)
  }

  of(customer: string): SeveralEvent[] {
    return this.all.filter((event) => event.customer === customer)
  }

  named(customer: string, id: string): SeveralEvent | undefined {
    return this.#byId.get(`${customer}\n${id}`)
  }

  /** A request has arrived. Judges its first arrival against all that came earlier than it should. */
  arrived(label: string, id: string, hasTaken: boolean): void {
    const event = this.#byLabel.get(label)
    this.#verdict.expect(event?.delivery.id === id, 'an event is sent under its own id', () => label)
    if (event === undefined) return
    event.arrivals++
    if (hasTaken) event.taken++
    if (event.arrivals > 1) return
    event.arrivedAt = this.moment()
    // One that was lent as it was erased may still be on its way to who sends it, and holds up nobody.
    if (event.isReplayed || event.mayBeErased) return
    const early = this.all.find((later) => later.arrivals > 0 && isBehind(event, later))
    this.#verdict.expect(early === undefined, 'across all machines the order of a customer holds', () => {
      return `${label} of ${event.customer} after ${early?.label}`
    })
  }
}

/** Tells whether one has to come after the other: called on the same machine, or once the other was said to be stored. */
function isBehind(event: SeveralEvent, later: SeveralEvent): boolean {
  if (later.customer !== event.customer || later.calledAt <= event.calledAt) return false
  return later.machine === event.machine || event.storedAt < later.calledAt
}
