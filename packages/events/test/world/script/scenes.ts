import type { Random } from './random.ts'
import { minute, type Op, type Reply } from './script.ts'

/** Steps that belong together: what chance alone would hardly ever bring about in this order. */
export function anyScene(random: Random): Op[] {
  return random.pick(scenes)(random)
}

const scenes = [
  closedGate,
  afterRestart,
  refusedToken,
  replayed,
  erased,
  erasedMeanwhile,
  erasedAsleep,
  erasedUnheard,
  foundAndLeft,
]

/** The API asks to wait; a probe leaves, and something else happens while it is on its way. */
function closedGate(random: Random): Op[] {
  const late = wait(random.pick(['3', '30', '120']), random.pick([900, 1_500, 2_000]))
  const answers = [fine(random.pick([5, 900, 1_500])), { status: 'silent', afterMs: 0 } as const, wait('1', 20)]
  const meanwhile: Op[] = [
    { do: 'forget', customer: 0, isInFlight: true },
    { do: 'burst', calls: 4, customers: 40 },
    { do: 'abort', which: random.below(3) },
    { do: 'freeze', ms: 1_500 },
  ]
  return [
    { do: 'weather', replies: random.chance(0.5) ? [wait('1', 3), late] : [wait('1', 3)] },
    { do: 'burst', calls: 2 + random.below(8), customers: 2 + random.below(5) },
    { do: 'pass', ms: random.below(300) },
    { do: 'weather', replies: [random.pick(answers)] },
    { do: 'pass', ms: 700 + random.below(800) },
    random.pick(meanwhile),
    { do: 'pass', ms: random.below(3_000) },
    { do: 'weather', replies: [fine(5)] },
    { do: 'pass', ms: random.below(10_000) },
  ]
}

/** A process leaves something in its outbox, and the first thing that is asked of the next one is to wait for it. */
function afterRestart(random: Random): Op[] {
  return [
    { do: 'weather', replies: [{ status: random.pick([503, 'silent']), afterMs: 20 }] },
    { do: 'burst', calls: 1 + random.below(5), customers: 3 },
    { do: 'pass', ms: random.below(500) },
    { do: 'die', death: 'now' },
    { do: 'weather', replies: [{ status: 200, afterMs: random.pick([5, 900]) }] },
    random.pick<Op>([{ do: 'flush' }, { do: 'forget', customer: 0 }, { do: 'shutdown' }, { do: 'dead' }]),
    { do: 'pass', ms: random.below(3_000) },
  ]
}

/** A token is refused, and the function is asked for another one at a bad moment. */
function refusedToken(random: Random): Op[] {
  const whats = ['same', 'throws', 'hangs', 'very slow', 'rotates'] as const
  return [
    { do: 'token', what: 'same' },
    { do: 'weather', replies: [{ status: 401, afterMs: random.pick([20, 900]) }] },
    { do: 'call', customer: random.below(3), look: 'awaited' },
    { do: 'burst', calls: 1 + random.below(3), customers: 3 },
    { do: 'pass', ms: random.below(900) },
    { do: 'token', what: random.pick(whats) },
    random.pick<Op>([
      { do: 'pass', ms: 1_000 },
      { do: 'freeze', ms: 10 * minute },
      { do: 'die', death: 'now' },
    ]),
    { do: 'token', what: random.pick(whats) },
    { do: 'weather', replies: [fine(20)] },
    { do: 'pass', ms: random.below(30_000) },
  ]
}

/** A dead letter is replayed as soon as it is there, and delivered perhaps before the outbox has answered. */
function replayed(random: Random): Op[] {
  const replay = { do: 'replay', most: 1 + random.below(4) } as const
  return [
    { do: 'waf', customer: 0, status: 400 },
    { do: 'call', customer: 0 },
    { do: 'pass', ms: random.chance(0.8) ? 60 + random.below(30) : random.below(30_000) },
    replay,
    ...(random.chance(0.7) ? [replay] : []),
    { do: 'pass', ms: random.below(3_000) },
  ]
}

/** A customer is erased while the outbox says of what it does that it has failed. */
function erased(random: Random): Op[] {
  const call = { do: 'call', customer: 0 } as const
  const method = random.pick(['settle', 'forget'] as const)
  return [
    { do: 'waf', customer: 0, status: random.pick([422, 503]) },
    call,
    call,
    { do: 'pass', ms: random.below(300) },
    { do: 'store', fault: { method, after: 0, what: 'io after it was done', calls: 1, ms: 50 } },
    call,
    { do: 'pass', ms: random.below(100) },
    { do: 'forget', customer: 0 },
    call,
    { do: 'pass', ms: random.below(3_000) },
  ]
}

function wait(retryAfter: string, afterMs: number): Reply {
  return { status: 429, afterMs, retryAfter }
}

function fine(afterMs: number): Reply {
  return { status: 200, afterMs }
}

/** A customer is erased while an event is given to the outbox that it will refuse: it has the id of one that nobody awaits. */
function erasedMeanwhile(random: Random): Op[] {
  return [
    { do: 'weather', replies: [{ status: 502, afterMs: 1 }] },
    { do: 'call', customer: 2, id: 'own', maxRetries: 0 },
    { do: 'pass', ms: 1_000 },
    { do: 'call', customer: 2, id: random.pick(['again', 'other']), look: 'stored' },
    { do: 'turns', turns: random.below(10) },
    { do: 'forget', customer: 2, isInFlight: true },
    { do: 'pass', ms: random.below(3_000) },
  ]
}

/** A customer is erased while the process sleeps for longer than a lease, with a claim on its way. */
function erasedAsleep(random: Random): Op[] {
  const call = { do: 'call', customer: 0 } as const
  return [
    { do: 'weather', replies: [fine(random.pick([5, 900]))] },
    call,
    { do: 'turns', turns: random.below(10) },
    call,
    { do: 'freeze', ms: 10 * minute },
    { do: 'forget', customer: 0, isInFlight: true },
    { do: 'freeze', ms: 10 * minute },
    { do: 'pass', ms: random.below(3_000) },
  ]
}

/** A customer is erased, which the outbox never answers, while a request is on its way. */
function erasedUnheard(random: Random): Op[] {
  const what = random.pick(['hang', 'hang after it was done'] as const)
  // One that hardly ever has other events.
  const customer = 7
  const forget = { do: 'forget', customer } as const
  return [
    { do: 'weather', replies: [{ status: random.pick([200, 200, 422, 503]), afterMs: 900 }] },
    { do: 'call', customer },
    { do: 'pass', ms: random.below(800) },
    { do: 'store', fault: { method: 'forget', after: 0, what, calls: 1, ms: 1 } },
    forget,
    { do: 'turns', turns: random.below(10) },
    ...(random.chance(0.3) ? [forget] : []),
    { do: 'call', customer },
    { do: 'pass', ms: 2 * minute + random.below(minute) },
    { do: 'pass', ms: random.below(3_000) },
  ]
}

/** A process shuts down while what it has found is on its way, and its outbox never says, or only later, that it has it back. */
function foundAndLeft(random: Random): Op[] {
  const what = random.pick(['slow', 'hang', 'hang after it was done'] as const)
  return [
    { do: 'weather', replies: [{ status: random.pick([503, 'silent']), afterMs: 20 }] },
    { do: 'burst', calls: 1 + random.below(5), customers: 3 },
    { do: 'pass', ms: random.below(500) },
    { do: 'die', death: 'now' },
    { do: 'weather', replies: [{ status: random.pick([200, 'silent']), afterMs: 900 }] },
    { do: 'start' },
    { do: 'pass', ms: random.below(1_500) },
    { do: 'store', fault: { method: 'settle', after: 0, what, calls: 3, ms: 2_000 } },
    { do: 'deploy', timeoutMs: random.pick([10, 1_000]) },
    { do: 'pass', ms: random.below(3_000) },
  ]
}
