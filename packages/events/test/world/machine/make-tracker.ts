import type { EventTracker, Outbox, TrackerOptions } from '../../../src/index.ts'
import { type ApiListener, type WorldApi } from '../api/api.ts'
import type { WorldClock } from './clock.ts'
import type { Engine } from './engine.ts'
import { FaultyOutbox, type StoreWitness } from '../store/faulty-outbox.ts'
import { LightRequest } from './light-request.ts'
import type { WorldProcess } from './process.ts'
import type { AsidePlace, ScriptSettings } from '../script/script.ts'
import type { TokenSource } from '../api/token-source.ts'

/** Is told what the tracker tells. */
export interface HookListener {
  delivered(process: WorldProcess, ...told: Parameters<NonNullable<TrackerOptions['onDelivered']>>): unknown
  failed(process: WorldProcess, ...told: Parameters<NonNullable<TrackerOptions['onError']>>): unknown
  logged(process: WorldProcess, text: string): unknown
  /** The run time is asked to wait. */
  waitUntil(process: WorldProcess, promise: Promise<unknown>): unknown
  /** Code of the user's runs there. */
  aside(process: WorldProcess, place: AsidePlace): unknown
}

interface Around {
  readonly engine: Engine
  readonly clock: WorldClock
  readonly api: WorldApi
  readonly tokens: TokenSource
  readonly settings: ScriptSettings
  readonly hooks: HookListener
  readonly requests: (process: WorldProcess) => ApiListener
  readonly witness: (process: WorldProcess) => StoreWitness
  readonly die: (process: WorldProcess) => void
}

/** Makes the tracker of a process, with the world around it. */
export function makeTracker(process: WorldProcess, around: Around): EventTracker {
  const { engine, clock, api, settings } = around
  const { maxRetries, maxEvents, maxBytes, overflow } = settings
  const { concurrency, attemptTimeoutMs, backoff, maxRetryAfterMs, maxDeliveryMs, maxAgeMs } = settings
  const ownClock = {
    now: () => clock.wallTime(process),
    setTimeout: (run: () => void, delayMs: number) => clock.setTimer(run, delayMs, process),
    clearTimeout: (timer: unknown) => clock.clearTimer(timer),
  }
  const outbox = process.path === undefined ? undefined : makeOutbox(process, process.path, ownClock, around)
  return new engine.EventTracker({
    concurrency,
    attemptTimeoutMs,
    backoff,
    maxRetryAfterMs,
    maxDeliveryMs,
    maxAgeMs,
    baseUrl: 'https://api.test',
    ...credentialOf(process, around),
    queue: { maxEvents, maxBytes, overflow },
    environment: process.environment,
    enabled: process.isEnabled,
    fetch: ((input: string | LightRequest, init?: RequestInit) => {
      if (process.isDead) return new Promise<never>(() => undefined)
      asideIn(process, around)
      return api.fetch(new LightRequest(input, init), around.requests(process))
    }) as unknown as NonNullable<TrackerOptions['fetch']>,
    ...(settings.hasClock && { clock: ownClock }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(outbox && { outbox }),
    ...(settings.waitUntil !== 'none' && { waitUntil: (promise) => around.hooks.waitUntil(process, promise) }),
    ...hooksOf(process, around),
  })
}

/** The token, or what stands in its place. */
function credentialOf(process: WorldProcess, { tokens, settings, hooks }: Around): TrackerOptions {
  const aside = () => hooks.aside(process, 'token')
  switch (settings.hasToken) {
    case 'text':
      return { token: tokens.current }
    case 'function':
      return { token: () => tokens.ask(process, aside) }
    default:
      return { token: null, authorization: (customer) => tokens.ask(process, aside, customer) }
  }
}

/** An attempt that the fetch itself ends never reaches the API. */
function asideIn(process: WorldProcess, { hooks }: Around): void {
  try {
    hooks.aside(process, 'fetch')
  } catch (thrown) {
    process.hasUnseen = true
    throw thrown
  }
}

function makeOutbox(
  process: WorldProcess,
  path: string,
  ownClock: { now(): number },
  { engine, clock, settings, witness, die }: Around,
): Outbox {
  const { hasClock, rememberedIds } = settings
  const outbox = engine.sqliteOutbox(path, { rememberedIds, ...(hasClock && { clock: ownClock }) })
  const life = {
    die: () => die(process),
    get isDead() {
      return process.isDead
    },
  }
  return new FaultyOutbox(outbox, process.store, witness(process), clock, engine, life, settings.isUnordered)
}

function hooksOf(process: WorldProcess, { settings, hooks }: Around): TrackerOptions {
  const telling = <T>(tell: () => T): T => {
    process.telling++
    try {
      return tell()
    } finally {
      process.telling--
    }
  }
  return {
    beforeSend: (event) => {
      hooks.aside(process, 'beforeSend')
      const name = event.operation === 'trackEvent' ? event.event : event.traits.name
      return name?.startsWith('veto ') ? null : event
    },
    ...(settings.hasHooks && {
      onDelivered: (...told) => {
        return process.isDead ? undefined : hooks.delivered(process, ...told)
      },
      onError: (...told) => {
        return process.isDead ? undefined : telling(() => hooks.failed(process, ...told))
      },
    }),
    ...(settings.hasLogger && {
      logger: {
        warn: (text) => hooks.logged(process, text),
        // Where it is told of a failed event, it is told which.
        error: (text, about?: unknown) =>
          about === undefined ? hooks.logged(process, text) : telling(() => hooks.logged(process, text)),
      },
    }),
  }
}
