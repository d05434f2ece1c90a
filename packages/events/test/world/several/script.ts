import { anyReply, anyWeather } from '../script/any-reply.ts'
import type { Random } from '../script/random.ts'
import { minute, type Reply, second } from '../script/script.ts'
import type { Trouble } from './machine-outbox.ts'

/** Machines are numbered; one that has died or shut down starts again when it is used. */
export type SeveralOp =
  | {
      readonly do: 'call'
      readonly machine: number
      readonly customer: number
      readonly hasId: boolean
      readonly budgetMs?: number
    }
  | { readonly do: 'burst'; readonly machine: number; readonly calls: number; readonly customers: number }
  | { readonly do: 'flush' | 'die' | 'start'; readonly machine: number }
  | { readonly do: 'shutdown'; readonly machine: number; readonly timeoutMs?: number }
  | { readonly do: 'still'; readonly machine: number; readonly ms: number }
  | { readonly do: 'forget'; readonly machine: number; readonly customer: number }
  | { readonly do: 'replay'; readonly machine: number; readonly most: number }
  | { readonly do: 'trouble'; readonly machine: number; readonly trouble: Trouble }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'weather'; readonly replies: readonly Reply[] }
  | { readonly do: 'reply'; readonly reply: Reply }
  | { readonly do: 'waf'; readonly customer: number; readonly status: number }

export interface SeveralSettings {
  /** Only the oldest owner lends, as among the tabs of a browser. */
  readonly hasOneLender: boolean
  readonly concurrency: number
  readonly attemptTimeoutMs: number
  readonly backoff: { readonly baseMs: number; readonly capMs: number }
  readonly maxDeliveryMs: number
  /** By how much the clock of each machine is ahead, and how much too fast it goes. */
  readonly clocks: readonly { readonly aheadMs: number; readonly drift: number }[]
}

export interface SeveralScript {
  readonly dice: number
  readonly settings: SeveralSettings
  /** Nothing goes wrong: each event arrives once. */
  readonly isCalm: boolean
  readonly ops: readonly SeveralOp[]
}

interface Kind {
  readonly machines: number
  readonly customers: number
}

type Make = (random: Random, kind: Kind) => SeveralOp

export function anySeveral(random: Random, machines: number): SeveralScript {
  const isCalm = random.chance(0.25)
  const kind = { machines, customers: random.weighed([2, 1], [3, 3], [2, 10]) }
  const length = random.weighed([3, 12], [4, 30], [2, 80])
  const choices = isCalm ? uses : [...uses, ...troubles]
  const ops = Array.from({ length: 1 + random.below(length) }, () => random.weighed(...choices)(random, kind))
  const scene = random.weighed([5, lateMachine], [2, unansweredAppend], [3, unheardAndErased])
  if (!isCalm && random.chance(0.5)) ops.splice(random.below(ops.length + 1), 0, ...scene(random, kind))
  return { dice: random.below(2 ** 31), settings: anySettings(random, machines), isCalm, ops }
}

function anySettings(random: Random, machines: number): SeveralSettings {
  return {
    hasOneLender: random.chance(0.25),
    concurrency: random.pick([32, 1, 2, 5]),
    attemptTimeoutMs: random.pick([10_000, 3_000]),
    backoff: random.pick([
      { baseMs: 500, capMs: 30_000 },
      { baseMs: 10, capMs: 2_000 },
    ]),
    maxDeliveryMs: random.pick([300_000, 60_000, 5_000]),
    clocks: Array.from({ length: machines }, () => ({
      aheadMs: random.pick([0, 0, -7 * minute, 3 * minute, 400 * minute]),
      drift: random.pick([0, 0, 0.001, -0.001]),
    })),
  }
}

/** A machine says or hears only once its leases are over, and others have gone on meanwhile. */
function lateMachine(random: Random, { machines, customers }: Kind): SeveralOp[] {
  const late = random.below(machines)
  const burst = { do: 'burst', calls: 1 + random.below(6), customers: Math.min(3, customers) } as const
  const slow = {
    method: random.pick(['settle', 'claim', 'append'] as const),
    what: 'slow',
    calls: 3,
    ms: 80 * second,
  } as const
  return [
    random.chance(0.5)
      ? { do: 'trouble', machine: late, trouble: slow }
      : { do: 'weather', replies: [{ status: 200, afterMs: random.pick([20, 900]) }] },
    { ...burst, machine: late },
    { do: 'pass', ms: random.below(60) },
    { do: 'still', machine: late, ms: random.pick([1, 30 * second, minute]) },
    { ...burst, machine: (late + 1) % machines },
    { do: 'pass', ms: random.below(50 * second) },
    { ...burst, machine: (late + 1) % machines },
    { do: 'pass', ms: random.below(minute) },
  ]
}

/** The storage keeps an event and never says so; others go on with it, and whoever tracked it gives up the wait. */
function unansweredAppend(random: Random, { machines, customers }: Kind): SeveralOp[] {
  const unheard = random.below(machines)
  const failing: Reply = { status: random.pick([401, 503]), afterMs: random.pick([20, 900]) }
  return [
    { do: 'start', machine: unheard },
    { do: 'trouble', machine: unheard, trouble: { method: 'append', what: 'unanswered', calls: 1, ms: 100 } },
    { do: 'burst', machine: (unheard + 1) % machines, calls: 5, customers },
    { do: 'call', machine: unheard, customer: random.below(customers), hasId: random.chance(0.7) },
    { do: 'weather', replies: [failing] },
    { do: 'pass', ms: random.below(3 * minute) },
  ]
}

/** The storage keeps an event and never says so; whoever tracked it erases what others have stored, and gives it again. */
function unheardAndErased(random: Random, { machines }: Kind): SeveralOp[] {
  const unheard = random.below(machines)
  const other = (unheard + 1) % machines
  return [
    { do: 'start', machine: unheard },
    { do: 'weather', replies: [{ status: random.pick([503, 'silent']), afterMs: random.pick([20, 900]) }] },
    { do: 'trouble', machine: unheard, trouble: { method: 'append', what: 'unanswered', calls: 1, ms: 100 } },
    { do: 'call', machine: unheard, customer: 0, hasId: true, budgetMs: random.pick([1_000, 20_000]) },
    { do: 'pass', ms: 20 * second + random.below(minute) },
    { do: 'burst', machine: other, calls: 2 + random.below(5), customers: 2 },
    { do: 'pass', ms: 50 + random.below(second) },
    { do: 'forget', machine: unheard, customer: 1 },
    { do: 'pass', ms: 2 * minute + random.below(minute) },
  ]
}

const machine = (random: Random, { machines }: Kind): number => random.below(machines)
const customer = (random: Random, { customers }: Kind): number => random.below(customers)

const uses: readonly (readonly [number, Make])[] = [
  [
    20,
    (random, kind) => ({
      do: 'call',
      machine: machine(random, kind),
      customer: customer(random, kind),
      hasId: random.chance(0.3),
    }),
  ],
  [
    3,
    (random, kind) => ({
      do: 'burst',
      machine: machine(random, kind),
      calls: 2 + random.below(12),
      customers: kind.customers,
    }),
  ],
  [3, (random, kind) => ({ do: 'flush', machine: machine(random, kind) })],
  [1, (random, kind) => ({ do: 'start', machine: machine(random, kind) })],
  [6, (random) => ({ do: 'pass', ms: random.below(30) })],
  [6, (random) => ({ do: 'pass', ms: random.below(3 * second) })],
  [1, (random) => ({ do: 'pass', ms: random.below(2 * minute) })],
]

const troubles: readonly (readonly [number, Make])[] = [
  [1.5, (random, kind) => ({ do: 'die', machine: machine(random, kind) })],
  [
    1.5,
    (random, kind) => ({
      do: 'still',
      machine: machine(random, kind),
      ms: random.pick([500, 5 * second, 30 * second, 10 * minute]),
    }),
  ],
  [
    1,
    (random, kind) => ({
      do: 'shutdown',
      machine: machine(random, kind),
      ...(random.chance(0.6) && { timeoutMs: random.pick([0, 50, 5 * second]) }),
    }),
  ],
  [3, (random, kind) => ({ do: 'trouble', machine: machine(random, kind), trouble: anyTrouble(random) })],
  [2, (random) => ({ do: 'weather', replies: anyWeather(random, false) })],
  [1, (random) => ({ do: 'reply', reply: anyReply(random) })],
  [0.7, (random, kind) => ({ do: 'waf', customer: customer(random, kind), status: random.pick([400, 401, 422, 503]) })],
  [0.7, (random, kind) => ({ do: 'forget', machine: machine(random, kind), customer: customer(random, kind) })],
  [0.7, (random, kind) => ({ do: 'replay', machine: machine(random, kind), most: 1 + random.below(4) })],
  [
    1,
    (random, kind) => ({
      do: 'call',
      machine: machine(random, kind),
      customer: customer(random, kind),
      hasId: random.chance(0.3),
      budgetMs: random.pick([1, 1_000, 20_000]),
    }),
  ],
]

function anyTrouble(random: Random): Trouble {
  return {
    method: random.pick([
      'any',
      'append',
      'append',
      'claim',
      'claim',
      'settle',
      'settle',
      'dueInMs',
      'forget',
      'replay',
      'remove',
      'counts',
    ]),
    what: random.weighed([2, 'lost'], [2, 'unanswered'], [2, 'refused'], [3, 'broken'], [3, 'slow']),
    calls: random.weighed([4, 1], [1, 4]),
    ms: random.pick([100, 2 * second, 15 * second, 40 * second]),
  }
}
