import { parseArgs } from 'node:util'
import type { FaultScript } from '../faults/fault.ts'
import { type MockOptions, checkOptions } from '../server/options.ts'
import { scriptOf } from './fail-option.ts'
import { type MockOption, type OptionName, isOption, options } from './options.ts'

/** Error for a command line that cannot be used, in words for the person who typed it. */
export class UsageError extends Error {}

const parsed = Object.fromEntries(
  Object.entries<MockOption>(options).map(([name, { value, short }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) } as const,
  ]),
)

export interface Arguments {
  mock: MockOptions
  script: FaultScript
  /** File that gets what arrives, and leave to add to one that is there. */
  record?: { path: string; append: boolean }
  open: boolean
  noColor: boolean
  help: boolean
  version: boolean
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { tokens } = parseArgs({ args: [...args], options: parsed, strict: false, tokens: true })
  const given = new Map<OptionName, string | true>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`Unknown argument ${token.value}`)
    if (token.kind === 'option') given.set(...optionOf(token))
  }
  const text = (name: OptionName) => given.get(name) as string | undefined
  const mock: MockOptions = {
    port: numberOf('port', text('port') ?? '4010'),
    host: text('host'),
    spec: text('spec'),
    upstream: text('upstream'),
    seed: given.has('seed') ? numberOf('seed', text('seed')) : undefined,
  }
  heard(() => checkOptions(mock))
  const [fail, record, append] = [text('fail'), text('record'), given.has('append')]
  if (append && record === undefined) throw new UsageError('--append goes only with --record')
  return {
    mock,
    ...(record !== undefined && { record: { path: record, append } }),
    open: given.has('open'),
    noColor: given.has('no-color'),
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

function optionOf({ name, rawName, value }: OptionToken): [OptionName, string | true] {
  if (!isOption(name)) {
    const near = nearest(name)
    throw new UsageError(`Unknown option ${rawName}${near === undefined ? '' : `: did you mean --${near}?`}`)
  }
  const { value: placeholder }: MockOption = options[name]
  if (placeholder === undefined && value !== undefined) throw new UsageError(`${rawName} takes no value`)
  if (placeholder !== undefined && (value === undefined || value === ''))
    throw new UsageError(`${rawName} needs a value`)
  return [name, value ?? true]
}

function numberOf(name: OptionName, text = ''): number {
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

/** The option that was perhaps meant: the beginning of one, or one with few letters wrong. */
function nearest(name: string): string | undefined {
  const [best = ''] = Object.keys(options).toSorted((one, other) => distance(name, one) - distance(name, other))
  if (distance(name, best) <= Math.ceil(best.length / 3)) return best
  return name.length > 1 ? Object.keys(options).find((each) => each.startsWith(name)) : undefined
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
