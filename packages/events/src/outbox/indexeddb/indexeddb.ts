/** An outbox in the browser's IndexedDB: events survive a closed tab and a dead network. */
import { ConfigurationError } from '../../errors/errors.ts'
import type { Outbox } from '../outbox.ts'
import { defaults, IndexedDbOutbox } from './indexeddb-outbox.ts'

export type { Outbox } from '../outbox.ts'

export interface IndexedDbOutboxOptions {
  /**
   * The number of ids of delivered events that are remembered, for a day at the most, so that one that is given again is
   * not sent again.
   *
   * @default 10_000
   */
  rememberedIds?: number | undefined
}

/**
 * An outbox in the browser's IndexedDB, which all tabs of an origin share: each of them appends, one of them sends. It is
 * opened at the first event. It needs a page that was served by https, or from localhost.
 *
 * @param name tells it from other outboxes of the same origin
 *
 * @example
 * const tracker = new EventTracker({ baseUrl: 'https://app.example.com/relay', outbox: indexedDbOutbox('events') })
 *
 * @throws ConfigurationError for a name or an option that is impossible. Where the run time has no IndexedDB or no Web
 * Locks, each event is told so, so that a module with a tracker can be loaded on a server.
 */
export function indexedDbOutbox(name: string, options: IndexedDbOutboxOptions = {}): Outbox {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new ConfigurationError("The name of an outbox must be a text, such as 'events'")
  }
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('The options of indexedDbOutbox must be an object, such as { rememberedIds: 1_000 }')
  }
  const { rememberedIds = defaults.rememberedIds, ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) {
    throw new ConfigurationError(`indexedDbOutbox: ${stranger} is no option; known is rememberedIds`)
  }
  if (!Number.isSafeInteger(rememberedIds) || rememberedIds < 0) {
    throw new ConfigurationError('indexedDbOutbox: rememberedIds must be an integer of at least 0')
  }
  return new IndexedDbOutbox(`obsidian-events/${name}`, rememberedIds)
}
