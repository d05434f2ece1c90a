import type { Environment, Operation } from '@obsidianlaunch/events'
import type { Problem } from './refusal.ts'

/**
 * A request that was answered, for logs and metrics. It has no body, no query, no key and no token, and its texts are fit for
 * a line of a log, whatever the client has sent: cut where they are very long, and without control characters.
 */
export interface RequestRecord {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly operation?: Operation
  readonly environment?: Environment
  /** The event's id. */
  readonly id?: string
  readonly customerId?: string
  /** The label of the key. */
  readonly key?: string
  readonly origin?: string
  readonly address?: string
  /** The reason of a refusal. */
  readonly problem?: Problem
  /** The way in which the tracker counts the event of a request that was refused, where it came so far. */
  readonly ended?: 'rejected' | 'dropped'
}

/** The record of a request while it is being answered. */
export type Note = { -readonly [K in keyof RequestRecord]?: RequestRecord[K] }

/** Length of the texts of a record: a name may be as long as a body. */
const longestText = 256

/** @param hide takes secrets out of a text */
export function recordOf(note: Note, hide: (text: string) => string): RequestRecord {
  const cleaned = Object.entries(note).map(([name, value]) => [
    name,
    typeof value === 'string' ? fit(hide(value)) : value,
  ])
  return Object.fromEntries(cleaned) as RequestRecord
}

function fit(text: string): string {
  const cut = text.length > longestText ? `${text.slice(0, longestText)}…` : text
  return cut.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
}
