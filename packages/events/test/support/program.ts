import * as fc from 'fast-check'
import type { TrackerOptions } from '../../src/options.ts'

type Bounds =
  | 'concurrency'
  | 'maxRetries'
  | 'attemptTimeoutMs'
  | 'backoff'
  | 'maxRetryAfterMs'
  | 'maxDeliveryMs'
  | 'queue'

export interface Call {
  customer: string
  operation: 'identify' | 'track'
  /** One of the caller's own, or the one of the call before. */
  id: 'none' | 'a' | 'b' | 'last'
  flaw: 'none' | 'blank' | 'no customer' | 'bad id' | 'unknown option'
}

export type Answer =
  | {
      kind: 'answer'
      status: number
      retryAfter: number | undefined
      body: 'json' | 'junk' | 'empty' | 'cut' | 'endless'
      afterMs: number
    }
  | { kind: 'network error'; afterMs: number }
  | { kind: 'silence' }

export type Step =
  | { kind: 'call'; calls: Call[] }
  | { kind: 'pass' | 'oversleep'; ms: number }
  | { kind: 'flush' | 'shutdown'; timeoutMs: number | undefined }

/** What happens to a tracker, from its making to its end. */
export interface Program {
  settings: Required<Pick<TrackerOptions, Bounds>>
  /** What the token function does, over and over; a fixed token where it is empty. */
  tokens: ('same' | 'new' | 'throws' | 'slow')[]
  /** Whether the fetch gives up when its signal says so. */
  heedsSignal: boolean
  hooksThrow: boolean
  /** So many hooks track an event of their own. */
  echoes: number
  script: Answer[]
  /** How every request after the script is answered. */
  rest: Answer
  steps: Step[]
  /** What the waits with a random part are made of. */
  dice: number
}

const settings = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  attemptTimeoutMs: fc.constantFrom(1, 1_000, 5_000),
  backoff: fc.record({ baseMs: fc.constantFrom(0, 100, 500), capMs: fc.constantFrom(0, 1_000, 3_000) }),
  maxRetryAfterMs: fc.constantFrom(0, 2_000, 10_000),
  maxDeliveryMs: fc.constantFrom(1, 2_000, 15_000, 60_000),
  queue: fc.record({ maxEvents: fc.constantFrom(2, 5, 1_000) }),
})

const afterMs = fc.constantFrom(0, 0, 1, 300, 1_000, 4_000)
const answered = fc.record({
  kind: fc.constant('answer' as const),
  status: fc.constantFrom(200, 200, 204, 400, 401, 429, 500, 503),
  retryAfter: fc.constantFrom(undefined, undefined, 0, 1, 3, 20),
  body: fc.constantFrom(
    'json' as const,
    'json' as const,
    'junk' as const,
    'empty' as const,
    'cut' as const,
    'endless' as const,
  ),
  afterMs,
})
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: answered },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('network error' as const), afterMs }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'silence' as const }) },
)

const call: fc.Arbitrary<Call> = fc.record({
  customer: fc.constantFrom('ann', 'bob', 'cid'),
  operation: fc.constantFrom('track', 'identify'),
  id: fc.constantFrom('none', 'none', 'none', 'a', 'b', 'last'),
  flaw: fc.constantFrom(
    ...(['none', 'none', 'none', 'none', 'none', 'none', 'blank', 'no customer', 'bad id', 'unknown option'] as const),
  ),
})

const ms = fc.oneof(fc.constantFrom(0, 1, 1_000, 2_000, 5_000, 15_000), fc.integer({ min: 0, max: 30_000 }))
const timeoutMs = fc.option(fc.constantFrom(0, 1, 500, 1_000, 3_000, 20_000), { nil: undefined })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('call' as const), calls: fc.array(call, { minLength: 1, maxLength: 6 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('pass' as const, 'pass' as const, 'oversleep' as const), ms }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), timeoutMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('shutdown' as const), timeoutMs }) },
)

export const program: fc.Arbitrary<Program> = fc.record({
  settings,
  tokens: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Program['tokens']>([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom('same' as const, 'new' as const, 'throws' as const, 'slow' as const), {
        maxLength: 4,
      }),
    },
  ),
  heedsSignal: fc.boolean(),
  hooksThrow: fc.boolean(),
  echoes: fc.constantFrom(0, 0, 3),
  script: fc.array(answer, { maxLength: 12 }),
  rest: answer,
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  dice: fc.nat(),
})
