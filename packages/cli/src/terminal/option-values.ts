import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { exitCodes, Failure, fileFailure } from './failure.ts'
import { roundedInteger } from '@obsidianlaunch/events-client/core'
import { isPipe, isStandardInput, openPipe, standardInput } from './pipes.ts'
import type { Shell } from './shell.ts'
import { plain } from './text.ts'

export type Properties = Record<string, unknown>

/** Adds `name=text` or `name:=json` to what was given before: the typed values of httpie. */
export function addProperty(given: string, before: Properties = {}): Properties {
  const [, name, sign, value = ''] = /^(.+?)(:=|=)(.*)$/s.exec(given) ?? []
  if (name === undefined) throw new InvalidArgumentError('Write name=text, or name:=json for a number or a list.')
  return { ...before, [name]: sign === '=' ? value : jsonValue(name, value) }
}

function jsonValue(name: string, text: string): unknown {
  const rounded = roundedInteger(text)
  if (rounded !== undefined) throw new InvalidArgumentError(`${rounded} would be rounded. Write it as text, in quotes.`)
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError(`${plain(text, 40)} is not JSON. For text write ${plain(name, 40)}=…`)
  }
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
  const text = await readText(shell, path)
  if (text.trim() === '') throw notProperties(`${whose} is empty. It should have`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Failure(`${whose} is not JSON: ${plain((error as Error).message)}`, exitCodes.failed, 'file')
  }
  const rounded = roundedInteger(text)
  if (rounded !== undefined) {
    throw new Failure(`${whose}: ${rounded} would be rounded. Write it as text, in quotes.`, exitCodes.failed, 'file')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Properties
  throw notProperties(`${whose} is not`)
}

function notProperties(lead: string): Failure {
  return new Failure(`${lead} a JSON object, such as {"plan":"premium"}.`, exitCodes.failed, 'file')
}

async function readText(shell: Shell, path: string): Promise<string> {
  try {
    if (isStandardInput(path)) return await textOf(standardInput(shell), shell.stopped)
    return isPipe(path) ? await textOf(openPipe(path), shell.stopped) : readFileSync(path, 'utf8')
  } catch (error) {
    if (shell.stopped.aborted) throw new Failure('Stopped before all properties had come: nothing was sent.')
    throw error instanceof Failure ? error : fileFailure(path, 'read', error)
  }
}

/** All text of a stream, which ends when the command is stopped. */
async function textOf(stream: Shell['stdin'], stopped: AbortSignal): Promise<string> {
  const end = () => stream.destroy()
  if (stopped.aborted) end()
  stopped.addEventListener('abort', end, { once: true })
  try {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    stopped.throwIfAborted()
    return Buffer.concat(chunks).toString()
  } finally {
    stopped.removeEventListener('abort', end)
  }
}
