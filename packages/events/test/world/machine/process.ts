import type { DatabaseSync } from 'node:sqlite'
import type { EventTracker } from '../../../src/index.ts'
import type { Exchange } from '../api/api.ts'
import type { ClockOwner } from './clock.ts'
import { StoreTroubles } from '../store/faulty-outbox.ts'
import type { SqlFaults } from '../store/faulty-sqlite.ts'
import { Pace } from '../judge/pace.ts'
import type { Secrets } from '../judge/secrets.ts'
import type { Aside, AsidePlace, ScriptSettings } from '../script/script.ts'

/** One process of the world, with one tracker. */
export class WorldProcess implements ClockOwner {
  readonly name: string
  /** The outbox's file; undefined in memory. */
  readonly path: string | undefined
  readonly startedAt: number
  /** The moment when it died or its shutdown ended. */
  endedAt = Infinity
  isDead = false
  /** Its shutdown has been asked for, and has ended. */
  isClosing = false
  hasClosed = false
  readonly aheadMs = 0
  readonly hasHooks: boolean
  readonly tokens: Set<string>
  readonly secrets: Secrets
  readonly exchanges = new Set<Exchange>()
  readonly pace: Pace
  readonly store = new StoreTroubles()
  readonly sqlFaults: SqlFaults
  /** The moment when a statement has failed for the last time. */
  sqlFailedAt = -Infinity
  readonly asides = new Map<AsidePlace, Aside[]>()
  readonly controllers: AbortController[] = []
  /** The depth of hooks that are told of a failure. */
  telling = 0
  /** Calls that were counted, and those of them that ended without a hook being told. */
  counted = 0
  endedSilently = 0
  /** Everything that hooks were told. */
  told = { delivered: 0, failed: 0 }
  /** The moment when the API took something for the last time. */
  takenAt = -Infinity
  /** The moment when somebody was erased for the last time. */
  forgotAt = -Infinity
  /** The moment until which it stood still for the last time, where a timer of its own was so late that it can tell. */
  thawedAt = -Infinity
  /** The last token that its function gave. */
  lastToken = ''
  /** A token came late once: what waited for it may leave at any time. */
  hadSlowToken = false
  /** Attempts of it have ended, or may have, that nobody saw at the API. */
  hasUnseen = false
  /** A call is being made. */
  isCalling = false
  /** The depth of code of the user's that the tracker has called. */
  depth = 0
  /** The number of times that it has used the tracker. */
  asidesMade = 0
  readonly isEnabled: boolean
  readonly environment: 'test' | 'production'
  /** It cannot work any more by itself: a call of its store will never be answered. */
  get isStuck(): boolean {
    return this.store.hung > 0
  }
  tracker!: EventTracker

  constructor(
    name: string,
    number: number,
    path: string | undefined,
    startedAt: number,
    settings: ScriptSettings,
    secrets: { tokens: Set<string>; secrets: Secrets },
    die: (process: WorldProcess) => void,
    now: () => number,
  ) {
    this.name = name
    this.isEnabled = number !== settings.disabled
    this.environment = settings.environments[(number - 1) % settings.environments.length] ?? 'test'
    this.path = path
    this.startedAt = startedAt
    this.hasHooks = settings.hasHooks
    this.tokens = secrets.tokens
    this.secrets = secrets.secrets
    this.pace = new Pace(settings.maxRetryAfterMs)
    this.sqlFaults = {
      statements: 0,
      failing: undefined,
      failed: () => (this.sqlFailedAt = now()),
      isDiskFull: false,
      diesAt: undefined,
      die: () => die(this),
      open: new Set<DatabaseSync>(),
    }
  }

  /** Tells whether it has its file: also one that has shut down may have left its outbox to itself. */
  get hasFile(): boolean {
    return !this.hasClosed || this.sqlFaults.open.size > 0
  }

  get isAlive(): boolean {
    return !this.isDead && !this.hasClosed
  }

  takeAside(place: AsidePlace): Aside | undefined {
    return this.asides.get(place)?.shift()
  }

  /** Nothing goes wrong in its store any more. */
  heal(): void {
    this.store.heal()
    Object.assign(this.sqlFaults, { failing: undefined, isDiskFull: false, diesAt: undefined })
  }

  /** Closes what it has open, as the system does when it is dead. */
  release(): void {
    for (const db of this.sqlFaults.open) {
      try {
        db.close()
      } catch {
        // In the midst of a statement that is its last.
      }
    }
  }
}
