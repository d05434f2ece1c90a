import { styleText } from 'node:util'

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** In a terminal only, and where NO_COLOR does not forbid it. */
export function tone(format: Tone, text: string): string {
  return process.stdout.isTTY ? styleText(format, text, { stream: process.stdout }) : text
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Text of the network in one line, made harmless: control characters could steer the reader's terminal. */
export function plain(text: string): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·').toWellFormed()
  const width = (process.stdout.columns ?? 200) - 1
  return safe.length > width ? `${safe.slice(0, width - 1)}…` : safe
}
