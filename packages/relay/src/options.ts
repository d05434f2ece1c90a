import type { GivenEvent, Logger } from '@obsidianlaunch/events'
import type { Asked } from './policy/hooks.ts'
import type { IdentityOptions } from './policy/identity.ts'
import type { Rate } from './policy/rate-limit.ts'
import type { RequestRecord } from './edge/record.ts'

export interface RelayOptions {
  /** Path before those of the API. Blockers know the obvious ones. @default '/' */
  basePath?: string | undefined
  /** Origins whose pages may send events, exactly as browsers name them: `https://app.example.com`. @default none */
  origins?: readonly string[] | undefined
  /**
   * Publishable keys, `pk_…`: a list, or an object whose names are labels for logs. They stand in your pages for everybody to
   * read, so they are labels and no secrets. Keep two at once while you replace one.
   */
  keys?: readonly string[] | Readonly<Record<string, string>> | undefined
  /** Signed identities: a client proves for which customer it speaks. */
  identity?: IdentityOptions | undefined
  /** Your own decision, such as by the session that the request's cookies belong to. True lets the event in, false refuses it. */
  authorize?: ((asked: Asked) => boolean | Promise<boolean>) | undefined
  /** True lets everybody send events for every customer. Without it one of `keys`, `identity` and `authorize` is needed. */
  anyone?: boolean | undefined
  /** Traits that a client may set of a customer: `name`, `plan`, `properties`, or one of these, `properties.theme`. @default all */
  traits?: readonly string[] | undefined
  /**
   * Changes an event before it is stored, to set what a client must not. Null drops it. Make the same of the same event: one
   * that is sent again under its Idempotency-Key is a conflict where it has become another, such as by a time.
   */
  mutate?: ((event: GivenEvent, request: Request) => GivenEvent | null | Promise<GivenEvent | null>) | undefined
  /**
   * Requests that are taken from one address and under one key, counted before their body is read; false for no limits.
   *
   * @default { perAddress: { perSecond: 100, burst: 500 }, perKey: { perSecond: 1_000, burst: 5_000 } }
   */
  rateLimit?: false | { perAddress?: Rate | false | undefined; perKey?: Rate | false | undefined } | undefined
  /** The number of your own proxies before the relay: so many addresses of `X-Forwarded-For` are believed. @default 0 */
  trustedProxies?: number | undefined
  /** @default 32_768 */
  maxBodyBytes?: number | undefined
  /** Time for the whole body, in milliseconds. @default 10_000 */
  bodyTimeoutMs?: number | undefined
  /**
   * Time after which an event is refused that could not be stored, or without an outbox delivered, in milliseconds. Your hooks
   * have as long before that.
   *
   * @default 10_000
   */
  answerTimeoutMs?: number | undefined
  /** Hears of each request that was answered. It gets no body, no key and no token. */
  onRequest?: ((record: RequestRecord) => void) | undefined
  /** Hears of what your own functions throw. */
  logger?: Pick<Logger, 'error'> | undefined
  /** Tells the time, so that a test need not wait. @default the platform's */
  clock?: { now(): number } | undefined
}
