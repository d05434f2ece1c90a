/** Something that sends events. */
export interface Contender {
  /** One event, one request, not awaited. */
  track(customer: string): void
}

/** Opens a contender. `delivered` has to be called once for each event that was answered with success. */
export type Open = (url: string, delivered: () => void) => Contender | Promise<Contender>

export const token = 'secret-token'
export const event = 'button_click'

/** Ends the run: a contender that loses events has no speed. */
export function failed(reason: unknown): never {
  throw reason instanceof Error ? reason : new Error(String(reason))
}
