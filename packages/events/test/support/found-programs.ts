import { type Act, type Call, plainCall, type Program } from './program.ts'

const plain: Program = {
  settings: {
    concurrency: 2,
    maxRetries: 1,
    attemptTimeoutMs: 1_000,
    backoff: { baseMs: 100, capMs: 1_000 },
    maxRetryAfterMs: 10_000,
    maxDeliveryMs: 60_000,
    queue: { maxEvents: 2, maxBytes: 100_000, overflow: 'drop-oldest' },
  },
  hasBeforeSend: false,
  hasEventNames: false,
  tokens: [],
  heedsSignal: true,
  hasLogger: false,
  hooksThrow: false,
  asides: { hook: [], logger: [], token: [], fetch: [] },
  script: [],
  rest: { kind: 'answer', status: 200, retryAfter: undefined, body: 'json', afterMs: 0 },
  steps: [],
  dice: 0,
}

function calls(...given: Partial<Call>[]): Program['steps'] {
  const acts = given.map((some): Act => ({ kind: 'call', call: { ...plainCall, ...some } }))
  return [{ kind: 'acts', acts, until: 'rest' }]
}

/** Programs that once found a fault, cut down to it: each runs first, every time. */
export const foundPrograms: Program[] = [
  // Aborted by the token function of its own attempt, it was told that it had not been sent.
  {
    ...plain,
    tokens: ['same'],
    asides: { ...plain.asides, token: [{ kind: 'abort', signal: 'own', which: 0 }] },
    steps: calls({ signal: 'own' }),
  },
  // Tracked by the token function, it took the place of one that was about to be sent, and that was sent all the same.
  {
    ...plain,
    tokens: ['same'],
    asides: { ...plain.asides, token: [{ kind: 'call', call: { ...plainCall, customer: 'cid' } }] },
    steps: calls({}, { customer: 'bob' }),
  },
  // So did one that the logger tracked when it was told of a pause.
  {
    ...plain,
    settings: { ...plain.settings, queue: { ...plain.settings.queue, maxEvents: 1 } },
    hasLogger: true,
    asides: { ...plain.asides, logger: [{ kind: 'call', call: plainCall }] },
    script: [{ kind: 'answer', status: 429, retryAfter: undefined, body: 'json', afterMs: 0 }],
    steps: calls({}),
  },
  // Cancelled by a hook while a shutdown dropped one event after the other, it was dropped twice.
  {
    ...plain,
    settings: { ...plain.settings, concurrency: 1 },
    asides: { ...plain.asides, hook: [{ kind: 'abort', signal: 'b' }] },
    rest: { kind: 'silence' },
    steps: [
      ...calls({}, { customer: 'bob', signal: 'b' }),
      { kind: 'acts', acts: [{ kind: 'shutdown', timeoutMs: 1 }], until: 'rest' },
    ],
  },
  // Cancelled by a hook that was told of another's budget, it left the timer of its own behind.
  {
    ...plain,
    asides: { ...plain.asides, hook: [{ kind: 'abort', signal: 'b' }] },
    rest: { kind: 'network error', afterMs: 0 },
    steps: [...calls({ maxDeliveryMs: 1 }, { signal: 'b', maxDeliveryMs: 30_000 }), { kind: 'pass', ms: 1 }],
  },
  // Ended by its budget as its attempt came back, it took the id from the one that a hook had tracked anew.
  {
    ...plain,
    settings: { ...plain.settings, concurrency: 1, attemptTimeoutMs: 1 },
    asides: { ...plain.asides, hook: [{ kind: 'call', call: { ...plainCall, id: 'a' } }] },
    rest: { kind: 'silence' },
    steps: [...calls({ id: 'a', maxDeliveryMs: 1 }), { kind: 'pass', ms: 1 }, ...calls({ id: 'a' })],
  },
  // Its error told of the tracker's budget, not of its own.
  { ...plain, rest: { kind: 'network error', afterMs: 0 }, steps: calls({ maxRetries: 20, maxDeliveryMs: 3_000 }) },
]
