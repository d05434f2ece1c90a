import type { DispatchOptions } from './dispatcher.ts'

/** A request that is ready for the wire, whoever made it. */
export interface Outgoing {
  readonly url: string
  readonly signal: AbortSignal | undefined
  /** Tells whether it may be sent once more: the server knows that it came before, and its sender allows for it. */
  mayRepeat(): boolean
  /** In the dispatcher's terms, or undefined for one that only a fetch can send. @throws what is wrong with the request */
  toDispatch(): DispatchOptions | undefined
  /** The same request for a fetch. */
  toStandard(): Request
}
