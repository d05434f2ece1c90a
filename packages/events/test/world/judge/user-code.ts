import type { EventTrackingError, Receipt } from '../../../src/index.ts'
import type { HookListener } from '../machine/make-tracker.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { Aside, AsidePlace } from '../script/script.ts'
import type { Seen } from './seen.ts'
import type { HealthJudge } from './health-judge.ts'
import type { KeepAliveJudge } from './keep-alive-judge.ts'
import type { StateJudge } from './state-judge.ts'
import type { About, HookJudge } from './hook-judge.ts'
import type { WorldEvent } from './ledger.ts'

/** The hooks, the logger, the token function and the fetch of the user's: they are told, and may use the tracker in turn. */
export class UserCode implements HookListener {
  readonly #seen: Seen
  readonly #judge: HookJudge
  readonly #states: StateJudge
  readonly #health: HealthJudge
  readonly #keepAlive: KeepAliveJudge
  readonly #use: (process: WorldProcess, aside: Aside) => void

  /** @param use makes code of the user's use its tracker */
  constructor(
    seen: Seen,
    judge: HookJudge,
    states: StateJudge,
    health: HealthJudge,
    keepAlive: KeepAliveJudge,
    use: (process: WorldProcess, aside: Aside) => void,
  ) {
    this.#seen = seen
    this.#judge = judge
    this.#states = states
    this.#health = health
    this.#keepAlive = keepAlive
    this.#use = use
  }

  delivered(process: WorldProcess, receipt: Receipt, about: About): unknown {
    this.#judge.delivered(process, receipt, about)
    this.#health.ended(about.customerId)
    return this.aside(process, 'onDelivered')
  }

  failed(process: WorldProcess, error: EventTrackingError, about: About): unknown {
    if (error.code === 'timeout' && !process.isClosing && !process.isStuck) this.#judgeGivenUp(process, error, about)
    this.#judge.failed(process, error, about)
    this.#health.ended(about.customerId)
    return this.aside(process, 'onError')
  }

  logged(process: WorldProcess, text: string): unknown {
    if (process.isDead) return undefined
    process.secrets.judge('a log', text)
    return this.aside(process, 'logger')
  }

  waitUntil(process: WorldProcess, promise: Promise<unknown>): unknown {
    const { waitUntil } = this.#seen.script.settings
    this.#keepAlive.asked(process, promise)
    this.aside(process, 'waitUntil')
    if (waitUntil === 'throws') throw new Error('no context to wait in')
    return waitUntil === 'rejects' ? Promise.reject(new Error('no context to wait in')) : undefined
  }

  aside(process: WorldProcess, place: AsidePlace): unknown {
    this.#states.sample()
    // In the midst of a call nobody can tell what comes first.
    if (process.isCalling && place !== 'beforeSend' && place !== 'waitUntil') return undefined
    const aside = process.takeAside(place)
    if (aside === undefined || process.isDead) return undefined
    const isHook = place === 'onDelivered' || place === 'onError' || place === 'logger'
    if (aside === 'reject' && isHook) return Promise.reject(new Error('code of the user rejected'))
    // An attempt that fails so is one in vain, though nothing arrives.
    if (!isHook && (aside === 'throw' || aside === 'reject')) this.#health.disturb()
    if (aside === 'throw' || aside === 'reject') throw new Error('code of the user threw')
    process.depth++
    process.asidesMade++
    this.#use(process, aside)
    process.depth--
    return undefined
  }

  /** An event is given up for having waited too long. */
  #judgeGivenUp(process: WorldProcess, { message }: EventTrackingError, about: About): void {
    const { ledger, clock, verdict, script, setAt } = this.#seen
    const { maxAgeMs, maxDeliveryMs, hasClock, hasToken } = script.settings
    const [event, ...twins] = ledger.named(about.customerId, about.id)
    if (event === undefined || twins.length > 0 || event.isReplayed) return
    if (message.includes('maxAgeMs')) {
      // What an earlier process left, or a clock that was set, is told by the time of day.
      const isTold = event.process !== process || (hasClock && setAt >= event.at)
      verdict.expect(
        isTold || clock.now >= event.at + maxAgeMs,
        'no event is too old before its time',
        () => event.label,
      )
      return
    }
    if (!event.isStored) this.#health.judge(process, event)
    const isWaiting = event.arrivals === 0 && hasToken === 'text' && !event.hasOwnBudget && setAt < event.at
    const isMoving = isWaiting && clock.now < process.takenAt + maxDeliveryMs
    verdict.expect(!isMoving, 'while the API settles others an event waits its turn', () => event.label)
    if (process.path === undefined && message.includes('(maxDeliveryMs)')) this.#judgeBudget(process, event)
  }

  /** The budget of an event in memory has ended. */
  #judgeBudget({ thawedAt, hadSlowToken }: WorldProcess, event: WorldEvent): void {
    const { clock, verdict } = this.#seen
    // What was in flight has ended it, perhaps long before. An attempt that waits for its token is seen by nobody.
    const hadAttempt = clock.now !== thawedAt || event.heardAt === clock.now || hadSlowToken
    verdict.expect(hadAttempt, 'after a freeze an event gets one more attempt', () => event.label)
  }
}
