/** A run of the world as plain data: what it is made of and what happens in it, so that it can be shrunk and repeated. */

/** An answer of the API, or what comes in its place. */
export interface Reply {
  /** 'lost': it has taken the event, and its answer does not come. */
  readonly status: number | 'network' | 'silent' | 'lost'
  readonly afterMs: number
  readonly retryAfter?: string
  readonly body?: 'json' | 'junk' | 'empty' | 'cut' | 'endless' | 'echo'
  /** The fetch does not heed its signal. */
  readonly isDeaf?: boolean
  /** The answer has no `Date`. */
  readonly hasNoDate?: boolean
}

export type StoreMethod =
  | 'append'
  | 'claim'
  | 'settle'
  | 'dueInMs'
  | 'dead'
  | 'replay'
  | 'remove'
  | 'forget'
  | 'counts'
  | 'close'

/** Something that goes wrong in a call of the outbox. */
export interface StoreFault {
  readonly method: StoreMethod
  /** The number of calls of that method that pass before. */
  readonly after: number
  readonly what: 'io' | 'busy' | 'full' | 'io after it was done' | 'slow' | 'hang' | 'hang after it was done'
  /** The number of calls of that method that fail. */
  readonly calls: number
  readonly ms: number
}

/** The end of a process: at once, or in or around a call of its store. */
export type Death = 'now' | { readonly statement: number } | { readonly storeCall: number; readonly isAfter: boolean }

/** Acts of the user's code on the tracker that calls it. */
export type Aside = 'track' | 'flush' | 'forget' | 'shutdown' | 'start' | 'dead' | 'throw' | 'reject' | 'abort'
export type AsidePlace = 'onDelivered' | 'onError' | 'logger' | 'fetch' | 'token' | 'beforeSend' | 'waitUntil'

/** The way of the token function; 'revoked': what it gave is refused from the next request on, and it gives another one. */
export type TokenWay = 'same' | 'rotates' | 'revoked' | 'throws' | 'hangs' | 'slow' | 'very slow'

export type Op =
  | {
      readonly do: 'call'
      readonly customer: number
      readonly isIdentify?: boolean
      /** An id of the caller's own; 'again' is an earlier call once more, 'other' its id with other data. */
      readonly id?: 'own' | 'again' | 'other'
      readonly signal?: 'later' | 'aborted'
      readonly maxRetries?: number
      readonly maxDeliveryMs?: number
      readonly look?: 'awaited' | 'stored'
      readonly size?: number
      readonly isVetoed?: boolean
      readonly isBad?: boolean
      /** The API refuses this event for ever, with that status. */
      readonly poison?: number
    }
  | { readonly do: 'burst'; readonly calls: number; readonly customers: number }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'flush' | 'shutdown'; readonly timeoutMs?: number }
  | { readonly do: 'start' | 'dead' }
  | { readonly do: 'checkpoint' }
  | { readonly do: 'replay'; readonly most: number }
  /** That customer, or one that has a request on its way. */
  | { readonly do: 'forget'; readonly customer: number; readonly isInFlight?: boolean }
  | { readonly do: 'turns'; readonly turns: number }
  | { readonly do: 'pass' | 'freeze' | 'wall'; readonly ms: number }
  | { readonly do: 'weather'; readonly replies: readonly Reply[] }
  | { readonly do: 'reply'; readonly reply: Reply }
  | { readonly do: 'waf'; readonly customer: number; readonly status: number }
  | { readonly do: 'token'; readonly what: TokenWay }
  | { readonly do: 'store'; readonly fault: StoreFault }
  | { readonly do: 'statement'; readonly after: number; readonly count: number; readonly errcode: number }
  | { readonly do: 'disk'; readonly isFull: boolean }
  | { readonly do: 'lock'; readonly ms: number }
  | { readonly do: 'die'; readonly death: Death }
  | { readonly do: 'deploy'; readonly timeoutMs?: number }
  | { readonly do: 'aside'; readonly place: AsidePlace; readonly aside: Aside }

/** The options of every tracker of a script. */
export interface ScriptSettings {
  readonly isDurable: boolean
  /** Given a clock; else it takes the platform's. */
  readonly hasClock: boolean
  /** 'identities': a function that is asked for the identity of each customer. */
  readonly hasToken: 'text' | 'function' | 'identities'
  readonly hasHooks: boolean
  readonly hasLogger: boolean
  readonly concurrency: number
  readonly maxRetries: number | undefined
  readonly attemptTimeoutMs: number
  readonly backoff: { readonly baseMs: number; readonly capMs: number }
  readonly maxRetryAfterMs: number
  readonly maxDeliveryMs: number
  readonly maxAgeMs: number
  readonly maxEvents: number
  readonly maxBytes: number
  readonly overflow: 'reject' | 'drop-oldest' | 'drop-newest'
  readonly rememberedIds: number
  /** Environments of the processes, which take turns. */
  readonly environments: readonly ('test' | 'production')[]
  /** The number of the process that is not enabled; 0 where all are. */
  readonly disabled: number
  /** The `waitUntil` of a run time, and how it behaves. */
  readonly waitUntil: 'none' | 'waits' | 'throws' | 'rejects'
  /** The outbox answers calls in another order than they were made. */
  readonly isUnordered: boolean
}

export interface Script {
  /** The seed of chance: ids, waits with a random part. */
  readonly dice: number
  readonly settings: ScriptSettings
  readonly ops: readonly Op[]
}

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
