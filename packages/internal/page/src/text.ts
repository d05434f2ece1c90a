/** Texts that people read: times, sizes, counts, and long or strange texts made harmless. */

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const numbers = new Intl.NumberFormat('en')

export function timeOf(at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : clock.format(date).replaceAll(',', '.')
}

/** The day of a time in seconds since 1970; undefined for what is none. */
export function dayOf(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number' || seconds < 0 || seconds > 4_102_444_800) return undefined
  return day.format(new Date(seconds * 1000))
}

export function durationOf(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`
  return milliseconds < 10 ? `${Number(milliseconds.toFixed(1))} ms` : `${Math.round(milliseconds)} ms`
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${numbers.format(amount)} ${amount === 1 ? one : many}`
}

export function plain(amount: number): string {
  return numbers.format(amount)
}

export function sizeOf(characters: number): string {
  if (characters < 1000) return count(characters, 'character')
  return characters < 1_000_000
    ? `${(characters / 1000).toFixed(1)} k characters`
    : `${(characters / 1_000_000).toFixed(1)} M characters`
}

/** The start of a text, never half of a surrogate pair; the same text where it is short enough. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const end = /[\uD800-\uDBFF]/.test(text[length - 1] ?? '') ? length - 1 : length
  return text.slice(0, end)
}

// Marks that turn text around, join or hide it: seen as what they are, they cannot mislead.
const unseen = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u00ad\u200b\u2028\u2029\u2060-\u2064\ufeff]/gu

export function visible(text: string): string {
  return text.replaceAll(unseen, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same in one line: a line break in a name must not reach the next row. */
export function inOneLine(text: string): string {
  return visible(text)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)
}
