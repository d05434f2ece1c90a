import type { Bodies } from './bodies.ts'

/** One way in which a request or an answer is not what the API document asks for. */
export interface Violation {
  /** Which part: `path`, `method`, `header`, `query` or `body` of a request; `status`, `header` or `body` of an answer. */
  readonly location: string
  /** The header or the field, with dots between levels: `authorization`, `properties.plan`. Empty for the whole part. */
  readonly path: string
  /** What is wrong, in words. */
  readonly message: string
}

/** What was sent back. */
export interface SentAnswer {
  /** 0 where nothing was answered, because of a fault such as `hang`. */
  readonly status: number
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** How an upstream's answer breaks the document. Always empty without an upstream. */
  readonly violations: readonly Violation[]
}

/** One request with what was answered, of any API. */
export interface AnyExchange {
  /** Its number since the start, from 1. */
  readonly seq: number
  /** The `Idempotency-Key`: the same for all attempts of one event. */
  readonly id: string | undefined
  /** The operation id of the API document, such as `identifyCustomer` or `trackEvent`; undefined where none matched. */
  readonly operation: string | undefined
  readonly method: string
  /** Path and query, as they were sent. */
  readonly path: string
  /** With lower-case names. Credentials are not kept: `Bearer …`. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it was sent; empty where it was too large to be read. */
  readonly text: string
  /** The parsed JSON; undefined where the body is not JSON. */
  readonly body: unknown
  /** Whether the request is what the document asks for; its body then has the document's type. */
  readonly valid: boolean
  /** What is wrong with the request; empty when it is valid. */
  readonly violations: readonly Violation[]
  /** The status that was answered; 0 for none. */
  readonly status: number
  readonly answer: SentAnswer
  /** The fault that played, such as `503` or `delay 500 ms, reset`. */
  readonly fault?: string
  /** When the request arrived, in ISO form. */
  readonly at: string
  /** From the arrival of its head until the answer left. */
  readonly durationMs: number
}

/** An exchange whose request is valid, so that its body is what the document says. */
export interface ValidExchange<Body, Id extends string = string> extends AnyExchange {
  readonly valid: true
  readonly operation: Id
  readonly body: Body
}

/** An exchange whose request is not valid, so that its body may be anything. */
export interface InvalidExchange<Id extends string = string> extends AnyExchange {
  readonly valid: false
  readonly operation: Id | undefined
  readonly body: unknown
}

/** An exchange of a valid request, with operation and body as the document types them. */
export type GoodExchange<B = Bodies> = { [Id in keyof B & string]: ValidExchange<B[Id], Id> }[keyof B & string]

/** One request that the mock answered, with everything it has to say about it. */
export type Exchange<B = Bodies> = GoodExchange<B> | InvalidExchange<keyof B & string>

/** Whether something is wrong with it, on either side. */
export function isInViolation({ violations, answer }: Pick<AnyExchange, 'violations' | 'answer'>): boolean {
  return violations.length > 0 || answer.violations.length > 0
}
