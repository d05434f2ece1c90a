import type { Bodies } from './bodies.ts'
import type { PartOf, Pattern } from './pattern.ts'
import type { MockView } from './view.ts'

/** One step of an order: an operation, an operation with part of its body, or part of an exchange. */
export type Step<B> =
  | (keyof B & string)
  | { [Id in keyof B & string]: readonly [Id, PartOf<B[Id]>] }[keyof B & string]
  | Pattern<B>

/** Matchers of `expect(mock)`. */
export interface MockMatchers<R, B = Bodies> {
  /**
   * At least one request of that operation arrived, with a body like that.
   *
   * @example
   * expect(mock).toHaveReceived('trackEvent', { customer_id: 'user123' })
   * expect(mock).toHaveReceived({ operation: 'trackEvent', status: 503 })
   */
  toHaveReceived<Id extends keyof B & string>(operation: Id, body?: PartOf<B[Id]>): R
  toHaveReceived(pattern: Pattern<B>): R
  /** As many such requests arrived, attempts counted one by one. */
  toHaveReceivedTimes<Id extends keyof B & string>(times: number, operation: Id, body?: PartOf<B[Id]>): R
  toHaveReceivedTimes(times: number, pattern: Pattern<B>): R
  /**
   * They arrived in this order; others may lie between them.
   *
   * @example
   * expect(mock).toHaveReceivedInOrder(['identifyCustomer', ['trackEvent', { event: 'page_view' }]])
   */
  toHaveReceivedInOrder(steps: readonly Step<B>[]): R
  /** No request that arrived violates the OpenAPI document, nor does an answer. */
  toHaveNoViolations(): R
}

/** Bodies of the API that a mock stands for, or of this one where that is unknown. */
export type BodiesOf<T> = T extends MockView<infer B> ? B : Bodies
