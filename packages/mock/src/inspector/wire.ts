import type { AnyExchange } from '../recording/exchange.ts'
import type { FaultFilter } from '../faults/fault-filter.ts'

/** One recorded exchange as the page gets it. The page parses the body itself, so that it travels once. */
export type WireExchange = Omit<AnyExchange, 'body' | 'valid' | 'status'>

/** A fault that is switched on, as the page shows it. */
export interface WireFault {
  readonly id: number
  /** In words, such as `429, retry after 1 s`. */
  readonly text: string
  readonly filter: FaultFilter
  /** How many requests it still strikes; null for all until it is switched off. */
  readonly left: number | null
}

/** The first message on each connection of a page. */
export interface Hello {
  /** Another one after each start of the server, whose numbers begin again at 1. */
  readonly run: string
  readonly operations: readonly { readonly id: string; readonly method: string; readonly path: string }[]
}

/** Some exchanges in their order, and how many before them the server did not keep for this page. */
export interface Batch {
  readonly run: string
  readonly missed: number
  readonly exchanges: readonly WireExchange[]
}

/** What the page sends to switch a fault on. JSON has no Infinity: null stands for it. */
export interface FaultOrder {
  readonly fault: { readonly [name: string]: string | number | null }
  readonly filter: FaultFilter
}

/** So many exchanges are played to a page that has seen none, and so many events it keeps. */
export const pageKeeps = 20_000
