import type { Bodies } from './bodies.ts'

/** Difference between a request or an answer and the OpenAPI document. */
export interface Violation {
  /** Part that differs: `path`, `method`, `header`, `query` or `body` of a request; `status`, `header` or `body` of an answer. */
  readonly location: string
  /** The header or the field, with dots between levels: `authorization`, `properties.plan`. Empty for the whole part. */
  readonly path: string
  /** The difference in words. */
  readonly message: string
}

/** Answer that was sent. */
export interface SentAnswer {
  /** 0 if nothing was answered, because of a fault such as `hang`. */
  readonly status: number
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The body; of more than 8 MiB its beginning. */
  readonly text: string
  /** Violations of an upstream's answer. Always empty without an upstream. */
  readonly violations: readonly Violation[]
}

/** One request with its answer, of any API. */
export interface AnyExchange {
  /** Its number since the start, from 1. */
  readonly seq: number
  /** The `Idempotency-Key`: the same for all attempts of one event. */
  readonly id: string | undefined
  /** The operation id of the OpenAPI document, such as `identifyCustomer` or `trackEvent`; undefined if none matched. */
  readonly operation: string | undefined
  readonly method: string
  /** Path and query, as they were sent. */
  readonly path: string
  /** With lower-case names. Credentials are not kept: `Bearer …`. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it was sent; empty if it was too large to be read. */
  readonly text: string
  /** The parsed JSON; undefined if the body is not JSON. */
  readonly body: unknown
  /** True if the request has no violation; its body then has the type of the OpenAPI document. */
  readonly valid: boolean
  /** Violations of the request; empty if it is valid. Of more than 100 the last one says how many were left out. */
  readonly violations: readonly Violation[]
  /** The status that was answered; 0 for none. */
  readonly status: number
  readonly answer: SentAnswer
  /** The fault that played, such as `503` or `delay 500 ms, reset`. */
  readonly fault?: string
  /** Time at which the request arrived, in ISO form. */
  readonly at: string
  /** From the arrival of its head until the answer left. */
  readonly durationMs: number
}

/** Exchange whose request is valid, so that its body has the type of the OpenAPI document. */
export interface ValidExchange<Body, Id extends string = string> extends AnyExchange {
  readonly valid: true
  readonly operation: Id
  readonly body: Body
}

/** Exchange whose request is not valid, so that its body may be anything. */
export interface InvalidExchange<Id extends string = string> extends AnyExchange {
  readonly valid: false
  readonly operation: Id | undefined
  readonly body: unknown
}

/** Exchange of a valid request, with operation and body as the OpenAPI document types them. */
export type GoodExchange<B = Bodies> = { [Id in keyof B & string]: ValidExchange<B[Id], Id> }[keyof B & string]

/** One request that the mock answered, with the answer and all violations. */
export type Exchange<B = Bodies> = GoodExchange<B> | InvalidExchange<keyof B & string>

/** Tells an exchange with a violation, on either side. */
export function isInViolation({ violations, answer }: Pick<AnyExchange, 'violations' | 'answer'>): boolean {
  return violations.length > 0 || answer.violations.length > 0
}
