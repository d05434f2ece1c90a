import type { Settings } from '../../src/options/settings.ts'

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
  operation: 'identifyCustomer' | 'trackEvent'
  /** One of the caller's own, or the one of the call before. */
  id: 'none' | 'a' | 'b' | 'last'
  /** In bytes; what is wide has more of them than characters. */
  size: 'short' | 'wide' | 'long' | 'huge'
  flaw: 'none' | 'blank' | 'no customer' | 'bad id' | 'unknown option' | 'bad retries' | 'bad budget'
  /** One that calls share, one of its own, or one that was aborted before. */
  signal: 'none' | 'a' | 'b' | 'own' | 'aborted'
  maxRetries: number | undefined
  maxDeliveryMs: number | undefined
  /** What `beforeSend` does with it, where there is one. */
  before: 'passes' | 'renames' | 'moves' | 'vetoes' | 'throws' | 'promises' | 'tracks' | 'aborts'
}

/** What a program does with the tracker. */
export type Act =
  | { kind: 'call'; call: Call }
  | { kind: 'abort'; signal: 'a' | 'b' }
  | { kind: 'abort'; signal: 'own'; which: number }
  | { kind: 'flush' | 'shutdown'; timeoutMs: number | undefined }

export type Step =
  /** Several acts in one go; then everything comes to rest, or the next step follows at once. */
  { kind: 'acts'; acts: Act[]; until: 'rest' | 'turn' | 'microtask' } | { kind: 'pass' | 'oversleep'; ms: number }

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

/** Where the tracker calls code of its user's, which may use the tracker in turn. */
export type Place = 'hook' | 'logger' | 'token' | 'fetch'

/** What happens to a tracker, from its making to its end. */
export interface Program {
  settings: Pick<Settings, Bounds>
  hasBeforeSend: boolean
  /** Whether only some names are allowed. */
  hasEventNames: boolean
  /** What the token function does, over and over; a fixed token where it is empty. */
  tokens: ('same' | 'new' | 'throws' | 'slow')[]
  /** Whether the fetch gives up when its signal says so. */
  heedsSignal: boolean
  hasLogger: boolean
  hooksThrow: boolean
  /** What is done there, the first time, the second time and so on. */
  asides: Record<Place, (Act | null)[]>
  script: Answer[]
  /** How every request after the script is answered. */
  rest: Answer
  steps: Step[]
  /** What the waits with a random part are made of. */
  dice: number
}

/** A call with nothing special about it. */
export const plainCall: Call = {
  customer: 'ann',
  operation: 'trackEvent',
  id: 'none',
  size: 'short',
  flaw: 'none',
  signal: 'none',
  maxRetries: undefined,
  maxDeliveryMs: undefined,
  before: 'passes',
}
