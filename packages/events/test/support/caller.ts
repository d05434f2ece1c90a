import type { BeforeSend } from '../../src/call/before-send.ts'
import type { Delivery } from '../../src/delivery/delivery.ts'
import type { EventTracker } from '../../src/tracker.ts'
import type { Expect } from './broken.ts'
import type { Controllers } from './controllers.ts'
import { GivenCall } from './given-call.ts'
import type { Ledger } from './ledger.ts'
import { type Call, plainCall, type Program } from './program.ts'
import { type Expected, Tracked, Waiter } from './tracked.ts'

/** The moment at which a call is made. */
export interface Moment {
  /** Running time. */
  readonly now: number
  /** Whether everything has come to rest, so that the model knows what is in flight. */
  readonly isSure: boolean
  /** Whether `onError` is running. */
  readonly isTelling: boolean
  /** Whether a shutdown was asked for, which `beforeSend` may still do. */
  readonly waits: { readonly isClosing: boolean }
}

/** What must become of a call at once. */
type Fate =
  | { kind: 'repeats'; tracked: Tracked }
  | { kind: 'ends'; expected: Expected }
  | { kind: 'accepted'; leaving: readonly Tracked[] }
  /** Something has to leave, or the call: which, depends on what is in flight. */
  | { kind: 'overflows' }

interface Judged {
  readonly fate: Fate
  /** What was owed before. */
  readonly owed: readonly Tracked[]
}

interface CallerListener {
  /** `beforeSend` runs. */
  inside(): void
  readonly expect: Expect
}

const invalid: Expected = { outcome: 'rejected', code: 'validation', retryable: false }
const evicted: Expected = { outcome: 'dropped', code: 'queue_full', retryable: true }

/** Makes a program's calls, and knows what must become of each at once. */
export class Caller {
  readonly #program: Program
  readonly #ledger: Ledger
  readonly #controllers: Controllers
  readonly #listener: CallerListener
  #calls = 0
  #isPreparing = false
  /** Called by `beforeSend`, which knows only that some call is being made. */
  #prepare: BeforeSend = (event) => event

  constructor(program: Program, ledger: Ledger, controllers: Controllers, listener: CallerListener) {
    this.#program = program
    this.#ledger = ledger
    this.#controllers = controllers
    this.#listener = listener
  }

  readonly beforeSend: BeforeSend = (event) => this.#prepare(event)

  make(tracker: EventTracker, call: Call, moment: Moment): void {
    if (!this.#canTell(moment)) return
    const signal = this.#controllers.signalFor(call.signal)
    const id = this.#idFor(call)
    const given = new GivenCall(this.#program, call, this.#numberFor(call, id), id, signal, this.#isPreparing)
    let judged = this.#judge(given, moment)
    if (!this.#isPreparing) {
      this.#prepare = (event) => {
        this.#isPreparing = true
        this.#listener.inside()
        const result = this.#before(tracker, given, event, moment)
        this.#isPreparing = false
        judged = this.#judge(given, moment)
        if (given.before === 'throws') throw new Error('beforeSend of mine')
        return result
      }
    }
    const { customer, label, traits, options } = given
    const delivery =
      call.operation === 'trackEvent'
        ? tracker.trackEvent(customer, label, options)
        : tracker.identifyCustomer(customer, traits, options)
    this.#took(given, delivery, judged, moment)
  }

  /** What leaves for another while nobody waits for it any more, and while the model is not sure, would leave unseen. */
  #canTell({ isSure, isTelling }: Moment): boolean {
    const evicts = this.#program.settings.queue.overflow === 'drop-oldest' && !isTelling
    return isSure || !evicts || !this.#ledger.owed.some(({ first }) => first.gaveUp)
  }

  #idFor({ id }: Call): string | undefined {
    if (id === 'last') return this.#ledger.all.at(-1)?.id
    return id === 'none' ? undefined : id
  }

  /** What repeats an id says the same again, unless it is of another size. */
  #numberFor({ customer, before }: Call, id: string | undefined): number {
    const isChanged = before === 'moves' || before === 'renames'
    const owed = isChanged ? [] : this.#ledger.owed
    const again = owed.find((it) => it.id === id && it.made.customer === customer)
    const number = again && /^call (\d+)/.exec(again.made.label)?.[1]
    return number === undefined ? this.#calls++ : Number(number)
  }

  #before(tracker: EventTracker, given: GivenCall, event: Parameters<BeforeSend>[0], moment: Moment) {
    if (given.before === 'vetoes') return null
    if (given.before === 'promises') return Promise.reject(new Error('later')) as never
    if (given.before === 'moves') return { ...event, customerId: given.sentCustomer }
    if (given.before === 'tracks') this.make(tracker, plainCall, moment)
    if (given.before === 'aborts' && given.signal) this.#controllers.abortSignal(given.signal)
    if (given.before !== 'renames') return event
    return event.operation === 'trackEvent'
      ? { ...event, event: given.sentLabel }
      : { ...event, traits: { ...event.traits, name: given.sentLabel } }
  }

  #judge(given: GivenCall, moment: Moment): Judged {
    const { owed } = this.#ledger
    const same = owed.find((it) => it.id === given.id && it.made.customer === given.sentCustomer)
    const isSame = same?.made.label === given.sentLabel && same.made.bytes === given.bytes
    const isOther = same !== undefined && same.made.operation !== given.call.operation
    const isRepeat = isSame && !isOther
    const mayShare = isRepeat && given.isSound && !given.isVetoed && !moment.waits.isClosing
    if (same && mayShare) return { fate: { kind: 'repeats', tracked: same }, owed }
    // What nobody wants sent is compared with nothing.
    const isTaken = isOther || (same !== undefined && !isSame && !given.isVetoed)
    const expected = this.#refusal(given, moment, isTaken)
    return { fate: expected ? { kind: 'ends', expected } : this.#room(given.bytes, moment), owed }
  }

  #refusal({ isSound, isVetoed, signal }: GivenCall, moment: Moment, isTaken: boolean): Expected | undefined {
    if (moment.waits.isClosing) return { outcome: 'rejected', code: 'closed', retryable: false }
    if (!isSound || isTaken) return invalid
    const cause: unknown = signal?.reason
    if (signal?.aborted) return { outcome: 'dropped', code: 'cancelled', mayHaveArrived: false, cause }
    return isVetoed ? { outcome: 'dropped', code: 'none' } : undefined
  }

  #room(bytes: number, { isSure, isTelling }: Moment): Fate {
    const { queue } = this.#program.settings
    if (bytes > queue.maxBytes) return { kind: 'ends', expected: { ...evicted, retryable: false } }
    if (this.#ledger.fits(queue, 1, bytes)) return { kind: 'accepted', leaving: [] }
    const full: Fate = { kind: 'ends', expected: { ...evicted, retryable: queue.overflow !== 'drop-newest' } }
    if (queue.overflow !== 'drop-oldest' || isTelling) return full
    if (!isSure) return { kind: 'overflows' }
    const leaving = this.#ledger.evictable(queue, bytes)
    return leaving ? { kind: 'accepted', leaving } : full
  }

  #took(given: GivenCall, delivery: Delivery, { fate, owed }: Judged, moment: Moment): void {
    const waiter = new Waiter(delivery, given.signal)
    if (fate.kind === 'repeats') return this.#repeats(fate.tracked, waiter, moment)
    const { call, sentCustomer: customer, sentLabel: label, bytes } = given
    const { settings } = this.#program
    const maxRetries = call.maxRetries ?? settings.maxRetries
    const budgetMs = call.maxDeliveryMs ?? settings.maxDeliveryMs
    const { operation } = call
    const made = { customer, operation, label, bytes, acceptedAt: moment.now, maxRetries, budgetMs }
    const tracked = new Tracked(made, waiter)
    if (fate.kind === 'accepted') for (const it of fate.leaving) if (it.first.gaveUp) it.unseenEnding = 'dropped'
    const left = owed.filter((it) => !it.isPending)
    for (const it of left) it.expected = evicted
    this.#listener.expect(
      left.every((it) => it.hooks === 0),
      'told of a full queue during the call',
    )
    this.#settled(tracked, fate, left, moment)
    this.#ledger.add(tracked)
    if (tracked.isPending) this.#controllers.watch(tracked, waiter)
  }

  #repeats(tracked: Tracked, waiter: Waiter, { isSure }: Moment): void {
    this.#listener.expect(waiter.delivery.id === tracked.id, 'a repeat has another id')
    tracked.repeats.push(waiter)
    if (waiter.signal?.aborted) this.#controllers.giveUp({ tracked, waiter }, isSure)
    else this.#controllers.watch(tracked, waiter)
  }

  #settled(tracked: Tracked, fate: Fate, left: Tracked[], { isTelling }: Moment): void {
    const { expect } = this.#listener
    const ends = fate.kind === 'ends' ? fate.expected : fate.kind === 'overflows' ? evicted : undefined
    if (tracked.isPending) {
      expect(fate.kind !== 'ends', `accepted, though ${ends?.code}`)
      const leaving = fate.kind === 'accepted' ? fate.leaving : left
      expect(left.length === leaving.length && left.every((it) => leaving.includes(it)), 'others had to leave')
      return
    }
    expect(fate.kind !== 'accepted', 'ended at once')
    expect(tracked.state === ends?.outcome, 'ended at once in another way')
    expect(left.length === 0, 'left in vain')
    tracked.expected = ends
    // Of what a hook itself tracks in vain, and of what nobody wants sent, no hook is told.
    tracked.isUntold = isTelling || ends?.code === 'none'
  }
}
