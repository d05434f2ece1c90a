import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { exactJson } from './exact-json.ts'
import { exitCodes, Failure, fileFailure } from './failure.ts'
import { isPipe, isStandardInput, openPipe, standardInput } from './pipes.ts'
import type { Shell } from './shell.ts'
import { plain } from './text.ts'
import { textOf } from './utf8.ts'

export type Properties = Record<string, unknown>

/** Adds `name=text` or `name:=json` to what was given before: the typed values of httpie. */
export function addProperty(given: string, before: Properties = {}): Properties {
  const [, name, sign, value = ''] = /^(.+?)(:=|=)(.*)$/s.exec(given) ?? []
  if (name === undefined) throw new InvalidArgumentError('Write name=text, or name:=json for a number or a list.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${plain(name, 40)} is given twice.`)
  return { ...before, [name]: sign === '=' ? value : jsonValue(name, value) }
}

function jsonValue(name: string, text: string): unknown {
  const { value, problem } = exactJson(text)
  if (problem === undefined) return value
  if (!problem.startsWith('is not JSON')) throw new InvalidArgumentError(`${plain(problem)}.`)
  throw new InvalidArgumentError(`${plain(text, 40)} is not JSON. For text write ${plain(name, 40)}=…`)
}

/** A number where it reads as one, else text: the API takes a price as either. */
export function numberOrText(given: string): number | string {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(given) ? Number(given) : given
}

/** Seconds since 1970, or a date as ISO 8601 writes it. */
export function dateOrSeconds(given: string): Date | number {
  if (/^\d+$/.test(given)) return Number(given)
  const date = new Date(given)
  if (/^\d{4}-/.test(given) && !Number.isNaN(date.getTime())) return date
  throw new InvalidArgumentError('Write a date such as 2023-06-25, or seconds since 1970.')
}

export function integerFrom(least: number, most: number): (given: string) => number {
  return (given) => {
    const value = /^\d+$/.test(given) ? Number(given) : NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`)
  }
}

/** Names of fields, or paths to them, separated by commas, with those before them. */
export function fieldNames(given: string, before: string[] = []): string[] {
  const names = given.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Write names of fields, such as invoice.number,invoice.line')
  return [...before, ...names]
}

/** Milliseconds in a time such as `30d` or `12h`. */
export function lengthOfTime(given: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,5})(d|h|min)$/.exec(given) ?? []
  const ms = Number(count) * ({ d: 86_400_000, h: 3_600_000, min: 60_000 }[unit] ?? NaN)
  if (ms <= 10 * 365 * 86_400_000) return ms
  throw new InvalidArgumentError('Write a time such as 30d, 12h or 90min, up to ten years.')
}

/** Requests in a second or a minute, such as `50/s` or `50/min`. */
export function requestRate(given: string): { requests: number; perMs: number } {
  const [, count, unit] = /^([1-9]\d{0,4})\/(s|min)$/.exec(given) ?? []
  if (count !== undefined) return { requests: Number(count), perMs: unit === 's' ? 1_000 : 60_000 }
  throw new InvalidArgumentError('Write whole requests a second or a minute, such as 50/s or 50/min, up to 99999.')
}

/** Number of a dead letter, with those before it. */
export function letterNumber(given: string, before: string[] = []): string[] {
  if (/^\d+$/.test(given)) return [...before, given]
  throw new InvalidArgumentError('It is no number. `obsidian-events outbox dead` shows the number of each dead letter.')
}

/** Name of a schema of a database, as PostgreSQL takes it without quotes. */
export function schemaName(given: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(given) && !given.startsWith('pg_')) return given
  throw new InvalidArgumentError('Write a name of lower-case letters, digits and _, such as app_events; not pg_….')
}

/** The JSON object in a file, or in what comes in for `-`. */
export async function readProperties(shell: Shell, path: string): Promise<Properties> {
  const whose = isStandardInput(path) ? 'Standard input' : plain(path)
  const { text, problem: encoding } = textOf(await readBytes(shell, path))
  if (encoding !== undefined) throw new Failure(`${whose} ${encoding}`, exitCodes.failed, 'file')
  if (text.trim() === '') throw notProperties(`${whose} is empty. It should have`)
  const { value, problem } = exactJson(text)
  if (problem !== undefined) {
    const said = problem.startsWith('is not JSON') ? ` ${problem}` : `: ${problem}.`
    throw new Failure(plain(`${whose}${said}`), exitCodes.failed, 'file')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Properties
  throw notProperties(`${whose} is not`)
}

function notProperties(lead: string): Failure {
  return new Failure(`${lead} a JSON object, such as {"plan":"premium"}.`, exitCodes.failed, 'file')
}

async function readBytes(shell: Shell, path: string): Promise<Buffer> {
  try {
    if (isStandardInput(path)) return await bytesOf(standardInput(shell), shell.stopped)
    return isPipe(path) ? await bytesOf(openPipe(path), shell.stopped) : readFileSync(path)
  } catch (error) {
    if (shell.stopped.aborted) throw new Failure('Stopped before all properties had come: nothing was sent.')
    throw error instanceof Failure ? error : fileFailure(path, 'read', error)
  }
}

/** All bytes of a stream, which ends when the command is stopped. */
async function bytesOf(stream: Shell['stdin'], stopped: AbortSignal): Promise<Buffer> {
  const end = () => stream.destroy()
  if (stopped.aborted) end()
  stopped.addEventListener('abort', end, { once: true })
  try {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    stopped.throwIfAborted()
    return Buffer.concat(chunks)
  } finally {
    stopped.removeEventListener('abort', end)
  }
}
