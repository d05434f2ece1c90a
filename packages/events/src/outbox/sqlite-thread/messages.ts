/** The messages between an outbox and its thread: plain data, which is copied from one to the other. */
import type { Claim, Outbox, Verdict } from '../outbox.ts'
import type { SqliteSettings } from '../sqlite/sqlite-outbox.ts'
import type { ErrorData } from './error-data.ts'

/** The data with which a thread is started. */
export interface ThreadData {
  readonly path: string
  readonly settings: SqliteSettings
}

export type Method = Exclude<keyof Outbox, 'durable' | 'watch'>

export interface Call {
  readonly number: number
  readonly method: Method
  readonly given: readonly unknown[]
}

/** The calls of one turn of the event loop, in their order. */
export interface Batch {
  readonly calls: readonly Call[]
  /** The time by the clock that the outbox was given, if any: a function cannot be sent. */
  readonly now: number | undefined
}

export interface Answer {
  readonly number: number
  readonly answer?: unknown
  readonly error?: ErrorData
}

/** A claim that has left the thread, and the number by which the thread knows it. */
export interface LentClaim extends Claim {
  readonly lease: number
}

/** A verdict on the claim of a customer. */
export type LentVerdict = readonly [customerId: string, lease: number, verdict: Verdict]
