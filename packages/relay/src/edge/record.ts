import type { Environment, Operation } from '@obsidianlaunch/events'
import type { Problem } from './refusal.ts'

/** A request that was answered, for logs and metrics. It has no body, no query, no key and no token. */
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
}
