import { EventTrackingError, OutboxError, type OutboxProblem } from '@obsidianlaunch/events'

type Kind = readonly [problem: OutboxProblem, sentence: string]

/**
 * Problems that a person has to mend. They are told at once where it has never worked: somebody has just started the program
 * and looks at it. What has worked before waits for them as for a server that restarts, since the settings were right: a
 * password is rotated, rights are given anew, a failover has led to a server that is still a replica. A full disk, an ended
 * pool and an impossible event are told at once in either case.
 */
const mendable: ReadonlySet<OutboxProblem> = new Set([
  'denied',
  'missing',
  'read-only',
  'older',
  'newer',
  'not-an-outbox',
])

const notMigrated: Kind = [
  'missing',
  'is not in this database, or not all of it: make it by `npx @obsidianlaunch/events-cli outbox migrate URL`, or by the SQL of this package in your own migrations',
]
const restarting: Kind = ['busy', 'cannot be reached: the server starts, stops or has ended the connection']
const denied: Kind = ['denied', 'cannot be opened: the server does not let this user in. Look at user and password']
const refusedByPooler: Kind = ['denied', 'cannot be opened: the pooler before the server refuses the connection']
const foreign: Kind = [
  'not-an-outbox',
  'has tables or functions that are not ours: choose another schema. It was left as it is',
]
const locked: Kind = ['busy', 'was held by others for too long']
const impossible: Kind = ['entry', 'was given something that it cannot store']

/** By SQLSTATE, or by the error code of Node: what is said after `The outbox <schema>`. */
const kinds: Record<string, Kind> = {
  '28P01': denied,
  '28000': denied,
  '42501': [
    'denied',
    'lacks a right: those that a user needs are listed at https://obsidianlaunch.github.io/events-typescript/guides/postgres/schema/#the-rights-a-user-needs',
  ],
  '3D000': ['missing', 'cannot be opened: there is no such database. Create it, or mend the address'],
  '3F000': notMigrated,
  '42P01': notMigrated,
  '42883': notMigrated,
  '42703': foreign,
  '42723': foreign,
  '42P07': foreign,
  '25006': [
    'read-only',
    'cannot be written: this server is a read-only replica, or was set to read only. Give the address of the primary',
  ],
  '22023': ['denied', 'cannot be opened: the address has a setting that is impossible'],
  '53100': ['full', 'has no space left: the disk of the server is full. What is stored stays and is still delivered'],
  '53200': ['busy', 'was refused: the server is out of memory'],
  '53300': ['busy', 'got no connection: the server has no free one. Allow more (max_connections), or share a pooler'],
  '57014': ['busy', 'was cut off: the server ended the statement (statement_timeout, or a person)'],
  '57P01': restarting,
  '57P02': restarting,
  '57P03': restarting,
  '57P05': restarting,
  '40001': locked,
  '40P01': locked,
  '55P03': locked,
  '22021': impossible,
  '22P02': impossible,
  '22P05': impossible,
  '54000': impossible,
}

/** By the first two characters of a SQLSTATE. */
const classes: Record<string, Kind> = {
  '08': restarting,
  '53': ['busy', 'was refused: the server lacks something that it needs'],
  '58': ['io', 'failed: the server could not read or write'],
  XX: ['io', 'failed: the server reports an error of its own'],
}

const refused: Kind = ['io', 'was refused by the server']
const unreachable: Kind = ['io', 'cannot be reached']

/** PgBouncer has one code for nearly all that it says. What is in these does not pass by itself. */
const pooler = /unsupported startup parameter|no such (database|user)/

/** By what `pg` says of a connection that it does not make, without any code. Nor does this pass by itself. */
const unmade: readonly (readonly [RegExp, Kind])[] = [
  [
    /client password must be a string|no password/,
    [
      'denied',
      'cannot be opened: the server asks for a password, and none was given. Put it into the address, or set PGPASSWORD',
    ],
  ],
  [
    /does not support SSL/,
    ['denied', 'cannot be opened: the address asks for TLS (sslmode), which the server does not have'],
  ],
]

/** Says in one sentence what failed and what to do. Never the address: it may have a password. */
export function outboxError(thrown: unknown, schema: string): EventTrackingError {
  if (thrown instanceof EventTrackingError) return thrown
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : ''
  const [problem, sentence] = kindOf(typeof code === 'string' ? code : '', text)
  const why = text === '' ? '' : ` (${text})`
  return new OutboxError(problem, `The outbox ${schema} ${sentence}${why}.`, thrown)
}

function kindOf(code: string, message: string): Kind {
  if (code === '08P01' && pooler.test(message)) return refusedByPooler
  const [, kind] = unmade.find(([said]) => code === '' && said.test(message)) ?? []
  return kind ?? kinds[code] ?? (isState(code) ? (classes[code.slice(0, 2)] ?? refused) : unreachable)
}

/** Tells whether a person has to do something, so that it is told at once at the opening. */
export function isMendable(error: EventTrackingError): boolean {
  return error instanceof OutboxError && mendable.has(error.problem)
}

/** Tells whether the server does not know the statement that it was to have prepared: a pooler has changed servers. */
export function isStatementLost(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown }
  return code === '26000' || code === '42P05'
}

/** Tells whether a statement was not carried out, and may be at once: the connection had no use for it, or had been ended as idle. */
export function isUnheard(thrown: unknown): boolean {
  return isStatementLost(thrown) || (thrown as { code?: unknown }).code === '57P05'
}

/** Tells whether a connection is as good as before: the server has refused a statement, and said so. */
export function isOfStatement(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown }
  return typeof code === 'string' && isState(code) && !/^(08|57P)/.test(code)
}

function isState(code: string): boolean {
  // The codes of Node have five letters, too: EPIPE.
  return /^(?!E)[0-9A-Z]{5}$/.test(code)
}

/** Tells whether it may be carried out where it is asked again. */
export function isPassing(error: unknown): error is OutboxError {
  return error instanceof OutboxError && (error.problem === 'busy' || error.problem === 'io')
}

/** Tells whether the others would be stored without the one it is about. */
export function isOfOneEntry(error: unknown): boolean {
  return error instanceof OutboxError && error.problem === 'entry'
}
