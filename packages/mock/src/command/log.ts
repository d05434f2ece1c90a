import { stripVTControlCharacters, styleText } from 'node:util'
import type { AnyExchange } from '../recording/exchange.ts'
import { reasonsOf } from '../recording/reason.ts'
import { cut, pad, widthOf } from './columns.ts'

/** Stream that takes lines: process.stdout is one. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

export interface LogOptions {
  output: Output
  env: NodeJS.ProcessEnv
}

type Tone = 'green' | 'red' | 'yellow' | 'dim' | 'cyan'

/** Colours a text, on a terminal that has colours and wants them (https://no-color.org). */
export function createTone({ isTTY }: Output, env: NodeJS.ProcessEnv): (tone: Tone, text: string) => string {
  const isColoured = isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return (tone, text) => (isColoured ? styleText(tone, text, { validateStream: false }) : text)
}

const narrow = 64
// A long id or operation widens its column once it is seen, up to here.
const widest = 28
// A name of which less is left beside a reason says nothing.
const leastName = 6

/**
 * Prints one line for each exchange, cut to the width of the terminal: what is wrong comes before the rest of a long name.
 * The columns are as wide as what they have held so far.
 */
export function createLog({ output, env }: LogOptions): (exchange: AnyExchange) => void {
  const tone = createTone(output, env)
  let operationWidth = 16
  let customerWidth = 12
  return (exchange) => {
    const { status, operation, method, fault, at } = exchange
    const texts = detailsOf(exchange)
    const called = operation ?? method
    operationWidth = Math.min(widest, Math.max(operationWidth, called.length))
    if (operation !== undefined) customerWidth = Math.min(widest, Math.max(customerWidth, widthOf(texts.who)))
    const width = output.isTTY === true ? (output.columns ?? 80) : Infinity
    const [time, call] = width < narrow ? ['', ''] : [`${localTime(at)}  `, `${called.padEnd(operationWidth)}  `]
    const code = status === 0 ? '---' : String(status)
    const rest = restOf(texts, customerWidth, width - time.length - code.length - 2 - call.length)
    const colour = fault !== undefined ? 'yellow' : status > 0 && status < 400 ? 'green' : 'red'
    output.write(`${tone('dim', time)}${tone(colour, code)}  ${call}${rest}\n`)
  }
}

/** Customer, name and reason in so many columns: the name is cut first, and left out before the reason is. */
function restOf({ who, what, wrong }: Texts, customerWidth: number, width: number): string {
  if (what === '') return cut([who, wrong].filter(Boolean).join('  '), width)
  const customer = pad(who, customerWidth)
  if (wrong === '') return cut(`${customer}  ${what}`, width)
  const nameWidth = width - widthOf(customer) - 2 - widthOf(wrong) - 2
  return cut([customer, ...(nameWidth < leastName ? [] : [cut(what, nameWidth)]), wrong].join('  '), width)
}

/** The time as the clock on the wall shows it, as the page does. */
function localTime(at: string): string {
  return new Date(at).toTimeString().slice(0, 8)
}

/** Texts of a line. A request that is for no operation has its path alone. */
interface Texts {
  who: string
  what: string
  wrong: string
}

function detailsOf(exchange: AnyExchange): Texts {
  const { operation, path, body, fault, violations, answer } = exchange
  const { customer_id: customer, event, name, companyName, email } = Object(body) as Record<string, unknown>
  const named = [event, name, companyName, email].find((text) => typeof text === 'string' && text !== '')
  const wrongs = [fault === undefined ? '' : `fault: ${fault}`, reasonsOf(violations), reasonsOf(answer.violations)]
  const wrong = plain(wrongs.filter(Boolean).join('  '))
  if (operation === undefined) return { who: plain(path), what: '', wrong }
  const who = typeof customer === 'string' ? plain(customer) : '-'
  return { who, what: typeof named === 'string' ? plain(named) : '-', wrong }
}

/** Makes text from requests harmless: nothing in it moves the cursor, changes colours or turns the line around. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
}
