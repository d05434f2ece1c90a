import { OutboxError } from '@obsidianlaunch/events'

/** A hundred years: the server's time ends somewhere. */
export const longestMs = 100 * 365 * 24 * 3_600_000

/** @throws OutboxError for a text that PostgreSQL has no way to store: it would come back as another one, or not at all */
export function assertStorable(texts: readonly string[], schema: string): void {
  if (texts.every((text) => text.isWellFormed() && !text.includes('\0'))) return
  throw new OutboxError(
    'entry',
    `The outbox ${schema} cannot store an id or a customer with a zero character or half of a surrogate pair.`,
  )
}

/** Replaces what PostgreSQL cannot store of a text: an API may answer anything. */
export function storable(text: string | undefined): string | undefined {
  return text?.toWellFormed().replaceAll('\0', '\ufffd')
}
