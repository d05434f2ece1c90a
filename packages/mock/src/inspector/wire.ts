import type { FaultFilter } from '../faults/fault-filter.ts'
import type { AnyExchange } from '../recording/exchange.ts'

/** One recorded exchange as the page gets it. The page parses the body itself, so that it travels once. */
export type WireExchange = Omit<AnyExchange, 'body' | 'valid' | 'status'>

/** A fault that is switched on, as the page shows it. */
export interface WireFault {
  readonly id: number
  /** The fault in words, such as `429, retry after 1 s`. */
  readonly text: string
  readonly filter: FaultFilter
  /** Number of requests that it still strikes; null for all until it is switched off. */
  readonly left: number | null
}

/** The first message on each connection of a page. */
export interface Hello {
  /** Id of the run: a new one after each start of the server, whose numbers begin again at 1. */
  readonly run: string
  /** Number of the latest exchange at that time; 0 if there was none. */
  readonly latest: number
  readonly operations: readonly { readonly id: string; readonly method: string; readonly path: string }[]
}

/** Some exchanges in their order, and the number of those before them that the server did not keep for this page. */
export interface Batch {
  readonly run: string
  readonly missed: number
  readonly exchanges: readonly WireExchange[]
}

/** Message of the page that switches a fault on. JSON has no Infinity: null stands for it. */
export interface FaultOrder {
  readonly fault: { readonly [name: string]: string | number | null }
  readonly filter: FaultFilter
}

/** Number of exchanges that a page which has seen none is sent, and of events that it keeps. */
export const pageKeeps = 20_000
