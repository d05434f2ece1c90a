import { parseArgs } from 'node:util'
import type { FaultScript } from '../faults/fault.ts'
import { type MockOptions, checkOptions } from '../server/options.ts'
import { scriptOf } from './fail-option.ts'

/** Error for a command line that cannot be used, in words for the person who typed it. */
export class UsageError extends Error {}

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  spec: { type: 'string' },
  upstream: { type: 'string' },
  fail: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const
type Name = keyof typeof options

export interface Arguments {
  mock: MockOptions
  script: FaultScript
  help: boolean
  version: boolean
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  const given = new Map<Name, string | true>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`Unknown argument ${token.value}`)
    if (token.kind === 'option') given.set(...optionOf(token))
  }
  const text = (name: Name) => given.get(name) as string | undefined
  const mock: MockOptions = {
    port: numberOf('port', text('port') ?? '4010'),
    host: text('host'),
    spec: text('spec'),
    upstream: text('upstream'),
    seed: given.has('seed') ? numberOf('seed', text('seed')) : undefined,
  }
  heard(() => checkOptions(mock))
  const fail = text('fail')
  return {
    mock,
    script: fail === undefined ? [] : heard(() => scriptOf(fail)),
    help: given.has('help'),
    version: given.has('version'),
  }
}

interface OptionToken {
  name: string
  rawName: string
  value?: string | undefined
}

function optionOf({ name, rawName, value }: OptionToken): [Name, string | true] {
  if (!isKnown(name)) {
    throw new UsageError(`Unknown option ${rawName}: did you mean --${nearest(name)}?`)
  }
  const { type } = options[name]
  if (type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value`)
  if (type === 'string' && (value === undefined || value === '')) throw new UsageError(`${rawName} needs a value`)
  return [name, value ?? true]
}

function isKnown(name: string): name is Name {
  return Object.hasOwn(options, name)
}

function numberOf(name: Name, text = ''): number {
  if (!/^-?\d+$/.test(text)) throw new UsageError(`--${name} needs a whole number, not ${text}`)
  return Number(text)
}

/** Turns an error about a value into one about the command line. */
function heard<T>(check: () => T): T {
  try {
    return check()
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

function nearest(name: string): string {
  const [best = 'help'] = Object.keys(options).toSorted((one, other) => distance(name, one) - distance(name, other))
  return best
}

/** Number of letters to change, add or leave out (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of one.split('').entries()) {
    const next = [at + 1]
    for (const [to, wanted] of other.split('').entries()) {
      const change = (row[to] ?? 0) + (letter === wanted ? 0 : 1)
      next.push(Math.min(change, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
