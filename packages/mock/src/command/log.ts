import { stripVTControlCharacters, styleText } from 'node:util'
import type { AnyExchange } from '../recording/exchange.ts'
import { cut, pad } from './columns.ts'

/** Stream that takes lines: process.stdout is one. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

export interface LogOptions {
  output: Output
  env: NodeJS.ProcessEnv
  /** The operation ids, for the width of their column. */
  operations: readonly string[]
}

type Tone = 'green' | 'red' | 'yellow' | 'dim' | 'cyan'

/** Colours a text, on a terminal that has colours and wants them (https://no-color.org). */
export function createTone({ isTTY }: Output, env: NodeJS.ProcessEnv): (tone: Tone, text: string) => string {
  const isColoured = isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return (tone, text) => (isColoured ? styleText(tone, text, { validateStream: false }) : text)
}

const customerWidth = 12
const narrow = 64

/** Prints one aligned line for each exchange, cut to the width of the terminal. */
export function createLog({ output, env, operations }: LogOptions): (exchange: AnyExchange) => void {
  const tone = createTone(output, env)
  const operationWidth = Math.max(...operations.map((id) => id.length), 4)
  return (exchange) => {
    const { status, at, operation, method } = exchange
    const width = output.isTTY === true ? (output.columns ?? 80) : Infinity
    const time = width < narrow ? '' : `${at.slice(11, 19)}  `
    const code = status === 0 ? '---' : String(status)
    const name = width < narrow ? '' : `${(operation ?? method).padEnd(operationWidth)}  `
    const rest = cut(detailsOf(exchange), width - time.length - code.length - 2 - name.length)
    const colour = exchange.fault !== undefined ? 'yellow' : status > 0 && status < 400 ? 'green' : 'red'
    output.write(`${tone('dim', time)}${tone(colour, code)}  ${name}${rest}\n`)
  }
}

function detailsOf(exchange: AnyExchange): string {
  const { operation, path, body, fault, violations, answer } = exchange
  const { customer_id: customer, event, name } = Object(body) as Record<string, unknown>
  const who = pad(typeof customer === 'string' ? plain(customer) : '-', customerWidth)
  const what = event ?? name
  const subject = operation === undefined ? plain(path) : `${who}  ${typeof what === 'string' ? plain(what) : '-'}`
  const wrongs = [...violations, ...answer.violations].map(({ message }) => message)
  return [subject, ...(fault === undefined ? [] : [`fault: ${fault}`]), ...wrongs.map(plain)].join('  ')
}

/** Makes text from requests harmless: nothing in it moves the cursor, changes colours or turns the line around. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
}
