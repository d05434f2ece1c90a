import type { Delivery, EventTracker } from '../../../src/index.ts'
import { type MadeCall, type Ledger, WorldEvent } from '../judge/ledger.ts'
import type { WorldClock } from './clock.ts'
import type { WorldProcess } from './process.ts'
import { day, type Op, type ScriptSettings } from '../script/script.ts'
import type { Verdict } from '../judge/verdict.ts'
import type { KeepAliveJudge } from '../judge/keep-alive-judge.ts'
import type { QueueJudge } from '../judge/queue-judge.ts'
import type { Waits } from '../judge/waits.ts'

export type Call = Extract<Op, { do: 'call' }>
type Options = NonNullable<Parameters<EventTracker['identifyCustomer']>[2]>

/** Makes calls, and takes note of them. */
export class Caller {
  readonly #ledger: Ledger
  readonly #waits: Waits
  readonly #clock: WorldClock
  readonly #verdict: Verdict
  readonly #settings: ScriptSettings
  readonly #queue: QueueJudge
  readonly #keepAlive: KeepAliveJudge
  readonly #made: { call: Call; event: WorldEvent }[] = []
  #labels = 0

  constructor(
    ledger: Ledger,
    waits: Waits,
    clock: WorldClock,
    verdict: Verdict,
    settings: ScriptSettings,
    queue: QueueJudge,
    keepAlive: KeepAliveJudge,
  ) {
    this.#ledger = ledger
    this.#waits = waits
    this.#clock = clock
    this.#verdict = verdict
    this.#settings = settings
    this.#queue = queue
    this.#keepAlive = keepAlive
  }

  make(process: WorldProcess, call: Call): void {
    const prepared = this.#prepare(process, call)
    const { given, customer, label, signal, again } = prepared
    const held = this.#queue.before(process)
    const { isClosing: wasClosing, depth, asidesMade } = process
    const made = this.#give(process, given, customer, label, prepared.options)
    const isAborted = signal?.aborted === true
    this.#count(made, given.isVetoed === true && !isAborted)
    const event = this.#note(made, call, again, customer, label)
    this.#verdict.note(`${this.#clock.now} ${process.name} calls ${label} of ${customer}`)
    this.#judgeState(made, wasClosing)
    const isPlain = depth === 0 && !wasClosing && process.isEnabled && !given.isVetoed && !given.isBad && !isAborted
    // What code of the user's does in the midst of the call changes what the queue holds.
    if (held && asidesMade === process.asidesMade) this.#queue.judge(process, made, event, held, isPlain)
    this.look(event, made, call.look)
  }

  /** The call as it is made: one that comes again is the earlier one, unless that was made in the other environment. */
  #prepare(process: WorldProcess, call: Call) {
    const earlier = call.id === 'again' || call.id === 'other' ? this.#earlier(call) : undefined
    const isElsewhere = earlier !== undefined && earlier.event.process.environment !== process.environment
    const again = call.id === 'again' && !isElsewhere ? earlier : undefined
    const given = again?.call ?? call
    const label = again?.event.label ?? this.#label(call)
    const signal = signalOf(process, call)
    const options = this.#options(call, earlier?.event, signal)
    return { given, customer: `customer ${given.customer}`, label, signal, options, again: again?.event }
  }

  #give(process: WorldProcess, call: Call, customer: string, label: string, options: Options): MadeCall {
    const { isCalling } = process
    process.isCalling = true
    const before = process.tracker.stats().accepted
    const delivery = give(process.tracker, call, customer, label, options)
    const isCounted = process.tracker.stats().accepted > before
    process.isCalling = isCalling
    const hasSignal = options.signal !== undefined
    return { process, delivery, at: this.#clock.now, isCounted, hasSignal, outcome: undefined }
  }

  #judgeState({ process, delivery }: MadeCall, wasClosing: boolean): void {
    const { state } = delivery.toJSON()
    if (wasClosing) this.#verdict.expect(state === 'rejected', 'a call after shutdown is refused at once')
    if (state === 'pending' && this.#settings.waitUntil !== 'none') this.#keepAlive.judgeCall(process)
  }

  /** Somebody asks how a call has ended, or when it is stored. */
  look(event: WorldEvent, made: MadeCall, look: Call['look']): void {
    const { process, delivery } = made
    const { maxDeliveryMs, attemptTimeoutMs } = this.#settings
    // Until the first attempt, and from it on; and the last attempt may begin right before the end.
    const most = 2 * maxDeliveryMs + 4 * attemptTimeoutMs
    const wait = { process, mostMs: most, since: this.#clock.now, isOfEvent: true }
    if (look === 'awaited') {
      this.#waits.add(delivery.settled(), { ...wait, what: `the delivery of ${event.label}` }, (settlement) => {
        if (settlement) this.#settled(event, made, settlement)
      })
    } else if (look === 'stored') {
      this.#waits.add(delivery.stored, { ...wait, what: `stored of ${event.label}` }, (_, error) => {
        if (error === undefined) event.isStored ||= process.path !== undefined && delivery.toJSON().state !== 'skipped'
        else process.secrets.judgeValue('an error', error)
      })
    }
  }

  #settled(event: WorldEvent, made: MadeCall, settlement: Awaited<ReturnType<Delivery['settled']>>): void {
    made.outcome = settlement.outcome
    const expect = (isKept: boolean, promise: string) => this.#verdict.expect(isKept, promise, () => event.label)
    if ('error' in settlement) {
      made.process.secrets.judgeValue('an error', settlement.error)
      if (settlement.error.kept) event.isSaidToBeKept = true
      return
    }
    const { receipt } = settlement
    made.process.secrets.judgeValue('a receipt', receipt)
    expect(receipt.id === event.id, 'a receipt has the id of its event')
    if (settlement.outcome !== 'delivered') return
    // An event of its id with other data, or in the other environment, is another one.
    expect(event.taken > 0, 'what is said to be delivered has arrived')
  }

  #count(made: MadeCall, isVetoed: boolean): void {
    const { process, delivery, isCounted } = made
    if (!isCounted) return
    process.counted++
    const { state } = delivery.toJSON()
    const mayBeSkipped = isVetoed || !process.isEnabled
    this.#verdict.expect(state !== 'skipped' || mayBeSkipped, 'nothing is skipped but what nobody wants sent')
    // Nobody is told of what is skipped, nor of what a hook itself is refused.
    if (state !== 'pending' && (state === 'skipped' || process.telling > 0)) process.endedSilently++
  }

  #note(made: MadeCall, call: Call, earlier: WorldEvent | undefined, customer: string, label: string): WorldEvent {
    if (earlier) {
      // A full disk makes it forget the oldest ones.
      const hadRoom = [made.process, ...earlier.heardBy].every(({ sqlFailedAt }) => sqlFailedAt < earlier.arrivedAt)
      const isRemembered = this.#settings.rememberedIds > 1_000 && !earlier.isLoose && !earlier.mayBeErased && hadRoom
      // For a day, by the time of day of whoever has the file.
      const isFresh = made.at < earlier.arrivedAt + day / 2 && this.#clock.wallOffMs === 0
      if (isRemembered && isFresh) earlier.isKnownAsDelivered = earlier.recorded === 'delivered'
      earlier.calls.push(made)
      // What has ended is sent anew.
      if (made.isCounted) earlier.retryFrom.clear()
      earlier.isLoose = true
      earlier.hasOwnBudget ||= call.maxDeliveryMs !== undefined
      return earlier
    }
    const event = new WorldEvent(
      label,
      made,
      customer,
      contentOf(call, customer, label),
      this.#ledger.place(),
      call.poison,
    )
    event.hasOwnBudget = call.maxDeliveryMs !== undefined
    event.maxRetries = call.maxRetries ?? this.#settings.maxRetries
    this.#ledger.add(event)
    this.#made.push({ call, event })
    return event
  }

  #earlier(call: Call): { call: Call; event: WorldEvent } | undefined {
    const made = this.#made.filter((each) => each.call.customer === call.customer && each.call.id !== undefined)
    return made.at(-1)
  }

  #label({ size = 0, poison, isBad }: Call): string {
    if (isBad) return ''
    return `e${++this.#labels}${poison === undefined ? '' : ` poison ${poison}`}${' '.repeat(Math.min(1, size))}${'x'.repeat(size)}`
  }

  #options(call: Call, earlier: WorldEvent | undefined, signal: AbortSignal | undefined): Options {
    const own = call.id === undefined ? undefined : (earlier?.id ?? `id-${this.#labels}`)
    const { maxRetries, maxDeliveryMs } = call
    return {
      ...(own !== undefined && { id: own }),
      ...(signal && { signal }),
      ...(maxRetries !== undefined && { maxRetries }),
      ...(maxDeliveryMs !== undefined && { maxDeliveryMs }),
    }
  }
}

function signalOf({ controllers }: WorldProcess, { signal }: Call): AbortSignal | undefined {
  if (signal === undefined) return undefined
  if (signal === 'aborted') return AbortSignal.abort('no longer wanted')
  const controller = new AbortController()
  if (signal === 'later') controllers.push(controller)
  return controller.signal
}

function give(tracker: EventTracker, call: Call, customer: string, label: string, options: Options): Delivery {
  const name = call.isVetoed ? `veto ${label}` : label
  return call.isIdentify
    ? tracker.identifyCustomer(customer, { name, email: 'a@b.c' }, options)
    : tracker.trackEvent(customer, name, options)
}

function contentOf(call: Call, customer: string, label: string): object {
  return call.isIdentify
    ? { customer_id: customer, name: label, email: 'a@b.c' }
    : { customer_id: customer, event: label }
}
