/** The options of `relay`: each by a flag or by a variable of the environment. */

import { addressProblem, isAddress } from '../outbox/address.ts'
import { inOptions } from '../terminal/failure.ts'
import { schemaName } from '../terminal/option-values.ts'

/** One option. Without `value` it is a switch. */
export interface Flag {
  readonly value?: string
  readonly help: string
  /** May be repeated, and has several in one text, with commas or spaces between. */
  readonly isList?: true
  /** @throws Error that says what to write */
  read(text: string): unknown
}

export const flags = {
  port: { value: '<n>', help: 'where clients reach it (8080)', read: integer(0, 65_535) },
  host: { value: '<address>', help: 'address to listen on (0.0.0.0)', read: same },
  basePath: { value: '<path>', help: "path before the API's (/)", read: path },
  outbox: {
    value: '<file or database>',
    help: 'file or postgres://… that stores each event before its answer; without it, each answer waits for the API',
    read: outbox,
  },
  schema: { value: '<name>', help: 'schema of the database (obsidian_events)', read: schemaName },
  outboxMaxBytes: {
    value: '<n>',
    help: 'size that the file may reach',
    read: integer(65_536, Number.MAX_SAFE_INTEGER),
  },
  outboxWait: { value: '<seconds>', help: 'how long another process may take to give it up (10)', read: seconds },
  origin: { value: '<origin>', help: 'origin whose pages may send; may be repeated', isList: true, read: origin },
  key: { value: '<key>', help: 'publishable key, or label=key; may be repeated', isList: true, read: key },
  anyone: { help: 'let everybody send events for every customer', read: trueOrFalse },
  identitySecretFile: { value: '<file>', help: 'file with the secret of signed identities, one a line', read: same },
  identityAudience: { value: '<aud>', help: 'aud of signed identities', read: same },
  identityMode: { value: '<mode>', help: 'required, or anonymous-only (required)', read: mode },
  anonymousPrefix: { value: '<text>', help: 'how ids of anonymous customers begin (anonymous-)', read: same },
  traits: {
    value: '<names>',
    help: 'traits that clients may set: name,plan,properties.theme',
    isList: true,
    read: same,
  },
  trustedProxies: { value: '<n>', help: 'proxies of yours before it (0)', read: integer(0, 100) },
  rateLimit: { value: '<rate>', help: 'requests a second of one address, and at once (100/500); or off', read: rate },
  keyRateLimit: { value: '<rate>', help: 'the same of one key (1000/5000)', read: rate },
  maxBody: { value: '<bytes>', help: 'longest body (32768)', read: integer(1, 1_073_741_824) },
  adminPort: { value: '<n>', help: 'port of a page and metrics for you alone', read: integer(0, 65_535) },
  adminHost: { value: '<address>', help: 'address that the page listens on (127.0.0.1)', read: same },
  adminName: { value: '<name>', help: 'other host name of the page; may be repeated', isList: true, read: same },
  drain: { value: '<seconds>', help: 'time that it has to end after SIGTERM (8)', read: seconds },
} as const satisfies Record<string, Flag>

type Flags = typeof flags
export type FlagName = keyof Flags

/** The options that were given, by the names of their flags. */
export type RelaySettings = {
  [K in FlagName]?: Flags[K] extends { isList: true } ? ReturnType<Flags[K]['read']>[] : ReturnType<Flags[K]['read']>
}

/** Variables for what must not stand in a command line, which everybody on the machine can read. */
export const secretVariables = {
  identity: 'OBSIDIAN_RELAY_IDENTITY_SECRET',
  admin: 'OBSIDIAN_RELAY_ADMIN_TOKEN',
} as const

/** `basePath` as it is typed: `--base-path`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Names the options of the outbox, in what it says, as they are called here. */
export function inFlags(message: string): string {
  return inOptions(message)
    .replace(/\bmaxBytes\b/, flagOf('outboxMaxBytes'))
    .replace(/\bownerTimeoutMs\b/, flagOf('outboxWait'))
}

export function variableOf(name: string): string {
  return `OBSIDIAN_RELAY_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** A rate, and how far it may be exceeded for a moment; false for none. */
export type GivenRate = { readonly perSecond: number; readonly burst: number } | false

function same(text: string): string {
  return text
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= most) return value
    throw new Error(`Write a whole number from ${least} to ${most}.`)
  }
}

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) <= 86_400) return Number(text)
  throw new Error('Write seconds, such as 8 or 0.5.')
}

function trueOrFalse(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Error('Write true or false.')
}

function path(text: string): string {
  if (/^\/[^?#\s]*$/.test(text)) return text
  throw new Error('Write a path, such as /relay.')
}

function outbox(text: string): string {
  const problem = isAddress(text) ? addressProblem(text) : undefined
  if (problem === undefined) return text
  throw new Error(problem)
}

function origin(text: string): string {
  if (isOrigin(text)) return text
  throw new Error(
    'Write an origin as browsers name it: scheme, host and port, no path and no slash at the end, such as https://app.example.com.',
  )
}

function isOrigin(text: string): boolean {
  if (text.includes('*') || !URL.canParse(text)) return false
  const { protocol, origin: own } = new URL(text)
  return /^https?:$/.test(protocol) && own === text
}

/** Never shown where it is wrong: it may be the project token, pasted into the wrong place. */
function key(text: string): { label: string | undefined; key: string } {
  const [, label, value = ''] = /^(?:([^=]{1,40})=)?(.*)$/s.exec(text) ?? []
  if (/^pk_[\w-]{16,}$/.test(value)) return { label, key: value }
  throw new Error(
    'Write a publishable key, pk_ and at least 16 letters or digits, or label=key. `obsidian-events relay key` makes one.',
  )
}

function mode(text: string): 'required' | 'anonymous-only' {
  if (text === 'required' || text === 'anonymous-only') return text
  throw new Error('Write required or anonymous-only.')
}

/** A rate with five seconds' worth at once, unless it says how many. */
function rate(text: string): GivenRate {
  if (text === 'off') return false
  const [, perSecond, burst = 5 * Number(perSecond)] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? []
  const given = { perSecond: Number(perSecond), burst: Math.max(1, Math.ceil(Number(burst))) }
  if (given.perSecond > 0) return given
  throw new Error('Write requests a second, such as 100, with how many may come at once, such as 100/500; or off.')
}
