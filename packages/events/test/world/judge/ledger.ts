import type { Delivery } from '../../../src/index.ts'
import type { WorldProcess } from '../machine/process.ts'

/** A call that was made, and what it gave back. */
export interface MadeCall {
  readonly process: WorldProcess
  readonly delivery: Delivery
  readonly at: number
  /** Counted as an event of its own: it did not share that of an earlier call. */
  readonly isCounted: boolean
  readonly hasSignal: boolean
  /** The end of it, where somebody has asked. */
  outcome: string | undefined
}

/** One event, as far as the world knows it. */
export class WorldEvent {
  /** Its name, or that of its customer: no other event has it. */
  readonly label: string
  readonly customer: string
  readonly id: string
  /** The body that the API is to get. */
  readonly content: object
  /** Its place among all calls. */
  readonly order: number
  readonly process: WorldProcess
  readonly at: number
  /** The API refuses it for ever, with that status. */
  readonly poison: number | undefined
  readonly calls: MadeCall[] = []
  /** Another call was made with its id: what is told by the id may be of either. */
  isLoose = false
  /** The caller may rely on it, or the tracker. */
  isStored = false
  /** The moment when its outbox has said so. */
  storedAt = -Infinity
  isReplayed = false
  /** The call had a `maxDeliveryMs` of its own. */
  hasOwnBudget = false
  /** The `maxRetries` of its call. */
  maxRetries: number | undefined
  /** The outbox was given it and has not answered. */
  isHanded = false
  /** A verdict on it has been recorded: it has left the outbox. */
  recorded: 'delivered' | 'dead' | 'removed' | undefined
  /** The verdict that its outbox has taken note of, perhaps in memory alone. */
  noted: 'delivered' | 'dead' | undefined
  /** It has left the outbox, whether or not that was heard. */
  mayHaveLeft = false
  /** The moment when the outbox was told last how an attempt ended. */
  settledAt = Infinity
  /** Somebody has asked to erase it. */
  mayBeErased = false
  erasedAt = Infinity
  body: string | undefined
  arrivals = 0
  /** The moment when it arrived for the last time. */
  arrivedAt = -Infinity
  /** The moment when a process heard for the last time how an attempt ended. */
  heardAt = -Infinity
  /** The number of times that the API has taken it. */
  taken = 0
  /** The later event of its customer that arrived before it. */
  passedBy: string | undefined
  /** Processes that heard that it was taken. */
  readonly heardBy = new Set<WorldProcess>()
  /** The outbox has noted for how long it is to wait. */
  hasNotedWait = false
  /** The moment when it may be sent again, by process. */
  readonly retryFrom = new Map<WorldProcess, number>()
  /** Ends that hooks were told, by process. */
  readonly toldIn = new Map<WorldProcess, string[]>()
  /** Its outbox knows that it was delivered. */
  isKnownAsDelivered = false
  /** Somebody was told that it is kept. */
  isSaidToBeKept = false

  constructor(
    label: string,
    call: MadeCall,
    customer: string,
    content: object,
    order: number,
    poison: number | undefined,
  ) {
    this.label = label
    this.customer = customer
    this.id = call.delivery.id
    this.content = content
    this.order = order
    this.process = call.process
    this.at = call.at
    this.poison = poison
    this.calls.push(call)
  }

  /** The end that the tracker has told, or that is seen without asking. */
  endIn(process: WorldProcess): string | undefined {
    const told = this.toldIn.get(process)?.at(-1)
    if (told !== undefined) return told
    const first = this.calls.find((call) => call.process === process && call.isCounted)
    const state = first?.delivery.toJSON().state
    return state === 'pending' ? undefined : state
  }

  get hasEnded(): boolean {
    if (this.recorded !== undefined || this.mayBeErased || this.toldIn.size > 0) return true
    return this.calls.some(({ delivery }) => delivery.toJSON().state !== 'pending')
  }

  /** It may be sent again, whatever has become of it. */
  revive(): void {
    this.recorded = undefined
    this.noted = undefined
    this.isKnownAsDelivered = false
    this.heardBy.clear()
    this.toldIn.clear()
    this.retryFrom.clear()
  }
}

/** All events of a world. */
export class Ledger {
  readonly #byLabel = new Map<string, WorldEvent>()
  readonly #byKey = new Map<string, WorldEvent[]>()
  readonly #byCustomer = new Map<string, WorldEvent[]>()
  /** Dead letters that are to be replayed, by the process that has yet to tell its store. */
  readonly replaying = new Map<WorldProcess, WorldEvent[]>()
  #orders = 0

  get all(): Iterable<WorldEvent> {
    return this.#byLabel.values()
  }

  /** The place of the next call. */
  place(): number {
    return this.#orders++
  }

  /** Erasures that are asked for and not answered: another process may lose to them what it stores meanwhile. */
  readonly erasures = new Set<{ readonly process: WorldProcess; readonly customer: string }>()

  add(event: WorldEvent): void {
    for (const { process, customer } of this.erasures) {
      if (customer === event.customer && process !== event.process) event.mayBeErased = true
    }
    this.#byLabel.set(event.label, event)
    const twins = this.named(event.customer, event.id)
    if (twins.length > 0) for (const each of [event, ...twins]) each.isLoose = true
    this.#byKey.set(`${event.customer}\n${event.id}`, [...twins, event])
    const lane = this.#byCustomer.get(event.customer)
    if (lane) lane.push(event)
    else this.#byCustomer.set(event.customer, [event])
  }

  /** Events that earlier processes have left in the outbox of a process. */
  leftTo(process: WorldProcess): WorldEvent[] {
    return [...this.all].filter((event) => {
      const isLeft = event.isStored && event.process !== process && event.process.endedAt <= process.startedAt
      return isLeft && !event.isLoose && !event.mayHaveLeft && !event.mayBeErased
    })
  }

  labelled(label: string): WorldEvent | undefined {
    return this.#byLabel.get(label)
  }

  named(customer: string, id: string): WorldEvent[] {
    return this.#byKey.get(`${customer}\n${id}`) ?? []
  }

  of(customer: string): readonly WorldEvent[] {
    return this.#byCustomer.get(customer) ?? []
  }
}
