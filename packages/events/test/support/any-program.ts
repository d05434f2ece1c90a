import * as fc from 'fast-check'
import type { Act, Answer, Call, Place, Program, Step } from './program.ts'

/** One of these; what stands there twice comes twice as often. */
function often<const T>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values)
}

const anySettings: fc.Arbitrary<Program['settings']> = fc.record({
  concurrency: fc.integer({ min: 1, max: 12 }),
  maxRetries: often(0, 1, 2, 3, Infinity),
  attemptTimeoutMs: often(1, 1_000, 5_000),
  backoff: fc.record({ baseMs: often(0, 100, 500), capMs: often(0, 1_000, 3_000) }),
  maxRetryAfterMs: often(0, 2_000, 10_000),
  // Somebody who waits is looked after as often.
  maxDeliveryMs: often(20, 2_000, 15_000, 60_000),
  queue: fc.record({
    maxEvents: often(1, 2, 5, 1_000),
    maxBytes: often(100, 300, 100_000, 100_000),
    overflow: often('reject', 'drop-newest', 'drop-oldest', 'drop-oldest'),
  }),
})

/** Without a pause between them, attempts without end would leave no time to pass. */
const settings = anySettings.filter(
  ({ backoff, maxRetries }) => maxRetries < Infinity || Math.min(backoff.baseMs, backoff.capMs) > 0,
)

const afterMs = often(0, 0, 1, 300, 1_000, 4_000)
const answer: fc.Arbitrary<Answer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: often('answer'),
      status: often(200, 200, 200, 204, 400, 401, 408, 409, 425, 429, 500, 501, 503),
      retryAfter: often(undefined, undefined, 0, 1, 3, 20),
      body: often('json', 'json', 'junk', 'empty', 'cut', 'endless'),
      afterMs,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: often('network error'), afterMs }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'silence' }) },
)

/** Most have it plain: with something special about everything, hardly any call would be accepted. */
function mostly<const T>(plain: T, ...special: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: fc.constantFrom(...special) })
}

const sound = fc.constant<Call['flaw']>('none')
const flawed = often<Call['flaw']>('blank', 'no customer', 'bad id', 'unknown option', 'bad retries', 'bad budget')
const call: fc.Arbitrary<Call> = fc.record({
  customer: often('ann', 'bob', 'cid', 'eve'),
  operation: mostly('trackEvent', 'identifyCustomer'),
  id: mostly('none', 'a', 'b', 'last'),
  size: mostly('short', 'wide', 'long', 'huge'),
  flaw: fc.oneof({ weight: 12, arbitrary: sound }, { weight: 1, arbitrary: flawed }),
  signal: mostly('none', 'a', 'b', 'own', 'own', 'aborted'),
  maxRetries: mostly(undefined, 0, 1, 4),
  maxDeliveryMs: mostly(undefined, 1, 3_000, 30_000),
  before: mostly('passes', 'renames', 'moves', 'vetoes', 'throws', 'promises', 'tracks', 'aborts'),
})

const timeoutMs = often(undefined, 0, 1, 500, 1_000, 3_000, 20_000)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ kind: often('call'), call }) },
  { weight: 6, arbitrary: fc.record({ kind: often('abort'), signal: often('a', 'b') }) },
  { weight: 10, arbitrary: fc.record({ kind: often('abort'), signal: often('own'), which: fc.nat(20) }) },
  { weight: 8, arbitrary: fc.record({ kind: often('flush'), timeoutMs }) },
  { weight: 1, arbitrary: fc.record({ kind: often('shutdown'), timeoutMs }) },
)

const ms = fc.oneof(often(0, 1, 300, 1_000, 2_000, 5_000, 15_000), fc.integer({ min: 0, max: 30_000 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: often('acts'),
      acts: fc.array(act, { minLength: 1, maxLength: 5 }),
      until: mostly('rest', 'turn', 'microtask'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: often('pass', 'pass', 'pass', 'oversleep'), ms }) },
)

const aside = fc.option(act, { freq: 3, nil: null })
const asides = fc.oneof(fc.constant<Act[]>([]), fc.array(aside, { maxLength: 8 }))
const tokens = fc.array(often<Program['tokens'][number]>('same', 'new', 'throws', 'slow'), { maxLength: 4 })

/** @param maxSteps how long a program may be */
export function anyProgram(maxSteps: number): fc.Arbitrary<Program> {
  return fc.record({
    settings,
    hasBeforeSend: fc.boolean(),
    hasEventNames: mostly(false, true),
    tokens: fc.oneof(fc.constant<Program['tokens']>([]), tokens),
    heedsSignal: fc.boolean(),
    hasLogger: fc.boolean(),
    hooksThrow: fc.boolean(),
    asides: fc.record<Record<Place, (Act | null)[]>>({ hook: asides, logger: asides, token: asides, fetch: asides }),
    script: fc.array(answer, { maxLength: 40, size: 'max' }),
    rest: answer,
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps, size: 'max' }),
    dice: fc.nat(),
  })
}
