import type { Random } from './random.ts'
import { anyReply, anyWeather } from './any-reply.ts'
import { anyScene } from './scenes.ts'
import {
  type Aside,
  type AsidePlace,
  day,
  type Death,
  hour,
  minute,
  type Op,
  type Script,
  type ScriptSettings,
  second,
  type StoreFault,
  type StoreMethod,
} from './script.ts'

/** The making of a script. */
interface Kind {
  readonly settings: ScriptSettings
  readonly customers: number
  /** The share of chances at which something goes wrong, from 0 to 1. */
  readonly trouble: number
  readonly isLong: boolean
}

type Make = (random: Random, kind: Kind) => Op

/** @param isSlow it is to take long, in the time of its world */
export function anyScript(random: Random, isSlow = false): Script {
  const settings = anySettings(random)
  const customers = random.weighed([3, 1], [3, 3], [2, 8], [1, 40])
  const kind = { settings, customers, trouble: random.weighed([1, 0.3], [2, 1], [1, 2]), isLong: isSlow }
  const length = random.weighed([3, 12], [4, 30], [2, 60], [1, 150])
  const ops = Array.from({ length: 1 + random.below(length) }, () => anyOps(random, kind)).flat()
  if (random.chance(0.3)) ops.splice(random.below(ops.length + 1), 0, ...anyScene(random))
  // The order of an outbox's answers matters most where it is asked several things at once.
  const asksMuch = ops.some((op) => op.do === 'replay' || (op.do === 'forget' && op.isInFlight))
  const isUnordered = settings.isDurable && random.chance(asksMuch ? 0.5 : 0.15)
  return { dice: random.below(2 ** 31), settings: { ...settings, isUnordered }, ops }
}

function anySettings(random: Random): ScriptSettings {
  const isDurable = random.chance(0.7)
  const isDefault = random.chance(0.3)
  const pick = <T>(usual: T, ...others: T[]): T => (isDefault ? usual : random.pick([usual, ...others]))
  const [baseMs, capMs] = pick([500, 30_000], [100, 2_000], [10, 10_000])
  return {
    isDurable,
    hasClock: random.chance(0.6),
    hasToken: random.pick(['text', 'function', 'identities']),
    hasHooks: random.chance(0.9),
    hasLogger: random.chance(0.5),
    concurrency: pick(32, 1, 2, 5),
    maxRetries: pick(undefined, undefined, 0, 1, 3),
    attemptTimeoutMs: pick(10_000, 3_000, 3_000),
    backoff: { baseMs: baseMs ?? 1, capMs: capMs ?? 1 },
    maxRetryAfterMs: pick(60_000, 2_000),
    maxDeliveryMs: pick(300_000, 60_000, 5_000),
    maxAgeMs: pick(7 * day, 7 * day, day, hour, minute),
    maxEvents: pick(100_000, 100_000, 20, 4),
    maxBytes: pick(1_000_000_000, 1_000_000_000, 1_000_000_000, 3_000, 300),
    overflow: isDurable ? 'reject' : random.pick(['reject', 'drop-oldest', 'drop-newest']),
    rememberedIds: pick(1_000_000, 0, 2),
    environments: random.weighed(
      [6, ['test'] as const],
      [1, ['production'] as const],
      [isDurable ? 1 : 0, ['test', 'production'] as const],
    ),
    disabled: random.weighed([20, 0], [0.4, 1], [isDurable ? 1 : 0, 2]),
    waitUntil: random.weighed([5, 'none'], [2, 'waits'], [0.3, 'throws'], [0.3, 'rejects']),
    isUnordered: false,
  }
}

const anyCall: Make = (random, { customers }) => ({
  do: 'call',
  // The first ones are those with many events.
  customer: random.chance(0.5) ? random.below(Math.min(2, customers)) : random.below(customers),
  ...(random.chance(0.2) && { isIdentify: true }),
  ...(random.chance(0.2) && { id: random.pick(['own', 'own', 'again', 'other']) }),
  ...(random.chance(0.1) && { signal: random.weighed([5, 'later'], [1, 'aborted']) }),
  ...(random.chance(0.05) && { maxRetries: random.below(3) }),
  ...(random.chance(0.05) && { maxDeliveryMs: random.pick([1, 1_000, 20_000]) }),
  ...(random.chance(0.5) && { look: random.pick(['awaited', 'stored']) }),
  ...(random.chance(0.05) && { size: random.pick([2_000, 30_000]) }),
  ...(random.chance(0.03) && { isVetoed: true }),
  ...(random.chance(0.03) && { isBad: true }),
  ...(random.chance(0.06) && { poison: random.pick([400, 401, 403, 404, 422, 500, 501, 302]) }),
})

const time: readonly (readonly [number, Make])[] = [
  [8, (random) => ({ do: 'turns', turns: 1 + random.below(12) })],
  [4, (random) => ({ do: 'pass', ms: random.below(50) })],
  [4, (random) => ({ do: 'pass', ms: random.below(3_000) })],
  [2, (random, { isLong }) => ({ do: 'pass', ms: random.below(isLong ? 2 * day : 2 * minute) })],
  [0.5, (random, { isLong }) => ({ do: 'pass', ms: random.below(isLong ? 10 * day : 20 * minute) })],
  [1, (random) => ({ do: 'freeze', ms: random.pick([1_500, 30 * second, 10 * minute, 8 * hour]) })],
  [
    0.7,
    (random) => ({ do: 'wall', ms: random.pick([-day, -hour, -5 * minute, 5 * minute, hour, day, -50 * 365 * day]) }),
  ],
]

const uses: readonly (readonly [number, Make])[] = [
  [20, anyCall],
  [2, (random, { customers }) => ({ do: 'burst', calls: 2 + random.below(30), customers })],
  [1.5, (random) => ({ do: 'abort', which: random.below(10) })],
  [3, (random) => ({ do: 'flush', ...anyTimeout(random) })],
  [1, (random) => ({ do: 'shutdown', ...anyTimeout(random) })],
  [0.7, () => ({ do: 'start' })],
  [0.7, () => ({ do: 'dead' })],
  [1, (random) => ({ do: 'replay', most: 1 + random.below(5) })],
  [
    1.5,
    (random, { customers }) => ({
      do: 'forget',
      customer: random.below(customers),
      ...(random.chance(0.4) && { isInFlight: true }),
    }),
  ],
  [
    2,
    (random) => ({
      do: 'aside',
      ...anyAside(random),
    }),
  ],
]

const troubles: readonly (readonly [number, Make])[] = [
  [4, (random, { isLong }) => ({ do: 'weather', replies: anyWeather(random, isLong) })],
  [3, (random) => ({ do: 'reply', reply: anyReply(random) })],
  [
    1,
    (random, { customers }) => ({
      do: 'waf',
      customer: random.below(customers),
      status: random.pick([400, 401, 403, 404, 422, 500, 503]),
    }),
  ],
  [
    1,
    (random) => ({
      do: 'token',
      what: random.pick(['same', 'rotates', 'rotates', 'revoked', 'revoked', 'throws', 'hangs', 'slow', 'very slow']),
    }),
  ],
]

const storeTroubles: readonly (readonly [number, Make])[] = [
  [2, (random) => ({ do: 'store', fault: anyStoreFault(random) })],
  [
    1,
    (random) => ({
      do: 'statement',
      after: random.below(30),
      count: random.weighed([3, 1], [1, 10]),
      errcode: random.pick([5, 13, 778, 1034]),
    }),
  ],
  [0.7, (random) => ({ do: 'disk', isFull: random.chance(0.5) })],
  [0.7, (random) => ({ do: 'lock', ms: random.pick([30, 1_000, 5_000, 60_000]) })],
  [2, (random) => ({ do: 'die', death: anyDeath(random) })],
  [0.7, (random) => ({ do: 'deploy', ...anyTimeout(random) })],
  [0.2, () => ({ do: 'checkpoint' })],
]

/** One step, or rarely several that chance alone would seldom put in this order. */
function anyOps(random: Random, kind: Kind): Op[] {
  const { trouble, settings } = kind
  if (settings.isDurable && random.chance(0.03 * trouble)) return anyShortage(random, kind)
  if (settings.isDurable && random.chance(0.01)) return anyRepeat(random, kind)
  return [anyOp(random, kind)]
}

/** An id is given once more, mostly after its event was delivered: with the same data, or with others. */
function anyRepeat(random: Random, { customers }: Kind): Op[] {
  const customer = random.below(customers)
  return [
    { do: 'call', customer, id: 'own' },
    { do: 'pass', ms: random.below(5_000) },
    { do: 'call', customer, id: random.pick(['again', 'other']), look: 'awaited' },
  ]
}

/** Events are stored, the disk has no space left for how they end, and then it has; or another program is in the way. */
function anyShortage(random: Random, { customers }: Kind): Op[] {
  const customer = random.below(Math.min(2, customers))
  const short = random.weighed<Op>(
    [2, { do: 'disk', isFull: true }],
    [2, { do: 'statement', after: random.below(12), count: 1, errcode: 13 }],
    [1, { do: 'lock', ms: random.pick([1_000, 5_000]) }],
  )
  const end = random.weighed<Op>(
    [2, { do: 'die', death: 'now' }],
    [1, { do: 'deploy' }],
    [2, { do: 'call', customer, id: 'again' }],
  )
  return [
    { do: 'call', customer, id: 'own' },
    { do: 'pass', ms: random.below(random.pick([1, 2_000])) },
    { do: 'burst', calls: 2 + random.below(8), customers: 1 + random.below(3) },
    { do: 'turns', turns: 1 + random.below(12) },
    short,
    { do: 'pass', ms: random.below(random.pick([20, 3 * second, 3 * minute])) },
    { do: 'disk', isFull: false },
    { do: 'pass', ms: random.below(random.pick([3 * second, minute])) },
    end,
  ]
}

function anyOp(random: Random, kind: Kind): Op {
  const { trouble, settings } = kind
  const group = random.weighed(
    [10, uses],
    [7, time],
    [2 * trouble, troubles],
    [settings.isDurable ? 2 * trouble : 0, storeTroubles],
  )
  return random.weighed(...group)(random, kind)
}

const places: readonly AsidePlace[] = ['onDelivered', 'onError', 'logger', 'fetch', 'token', 'beforeSend', 'waitUntil']
const asides: readonly Aside[] = [
  'track',
  'track',
  'flush',
  'flush',
  'forget',
  'forget',
  'shutdown',
  'start',
  'dead',
  'abort',
]

const asidesOfCalls: readonly Aside[] = ['flush', 'forget', 'shutdown', 'start', 'dead', 'abort']

function anyAside(random: Random): { place: AsidePlace; aside: Aside } {
  const place = random.pick(places)
  // In the midst of a call nothing may be tracked, and by what is thrown the call itself would be refused.
  if (place === 'beforeSend') return { place, aside: random.pick(asidesOfCalls) }
  if (place === 'waitUntil') return { place, aside: random.pick(['flush', 'shutdown', 'start', 'dead']) }
  return { place, aside: random.chance(0.25) ? random.pick(['throw', 'reject']) : random.pick(asides) }
}

function anyTimeout(random: Random): { timeoutMs?: number } {
  return random.chance(0.4) ? {} : { timeoutMs: random.pick([0, 10, 1_000, 5_000, 60_000]) }
}

function anyStoreFault(random: Random): StoreFault {
  const methods: StoreMethod[] = [
    'append',
    'claim',
    'settle',
    'dueInMs',
    'dead',
    'replay',
    'remove',
    'forget',
    'counts',
  ]
  const method = random.pick<StoreMethod>([...methods, 'append', 'append', 'settle', 'settle', 'claim', 'close'])
  const what = random.weighed<StoreFault['what']>(
    [3, 'io'],
    [2, 'busy'],
    [1, 'full'],
    [1, 'io after it was done'],
    [4, 'slow'],
    [0.5, 'hang'],
    [0.5, 'hang after it was done'],
  )
  const calls = random.weighed([3, 1], [1, 5], [1, 30])
  return { method, after: random.below(4), what, calls, ms: random.pick([1, 50, 2_000]) }
}

function anyDeath(random: Random): Death {
  if (random.chance(0.3)) return 'now'
  if (random.chance(0.5)) return { statement: random.below(60) }
  return { storeCall: random.below(10), isAfter: random.chance(0.5) }
}
