import { levelsOf } from './pointer.ts'
import type { RedoclyChange } from './redocly.ts'

/** Says what changed where, in one line: `TrackEvent.event: minLength was 1, now none`. */
export function inWords(change: RedoclyChange): string {
  const { kind, property, verdicts, base, revision } = change
  if (property === 'key') return `renamed ${String(base?.value)} to ${String(revision?.value)}`
  const place = placeOf(change)
  if (verdicts.length > 0) return `${verdicts.map(({ message }) => withoutMarks(message)).join(', ')} (${place})`
  if (property === undefined) return `${kind} ${place}`
  const [before, after] = [valueOf(base?.value), valueOf(revision?.value)]
  const what = place === '' ? property : `${place}: ${property}`
  return before === undefined || after === undefined ? `${what} changed` : `${what} was ${before}, now ${after}`
}

/** So that it can stand in a sentence and in a command. */
function withoutMarks(message: string): string {
  return message.replaceAll('`', '').replaceAll("'", '"').replace(/\.$/, '')
}

/** A value, if it is a short one and no prose. */
function valueOf(value: unknown): string | undefined {
  if (value === undefined) return 'none'
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  const text = JSON.stringify(value).replaceAll('"', '')
  return /^[^\s{]{1,40}$/.test(text) ? text : undefined
}

/** The place at which it is written, without the levels that only hold the next one. */
function placeOf({ path, property, base, revision }: RedoclyChange): string {
  const { pointer, value } = revision ?? base ?? { pointer: path }
  const levels = levelsOf(pointer)
  if (levels.at(-1)?.text === property) levels.pop()
  const last = levels.length - 1
  const [first, second = '', third = '', ...rest] = levels
    .filter(({ text, isName }, index) => isName || index === last || !/^(content|properties|schema)$/.test(text))
    .map(({ text }, index, all) => (index === all.length - 1 && /^\d+$/.test(text) ? labelOf(value, text) : text))
  if (first === 'components') return [third, ...rest].join(second === 'schemas' ? '.' : ' ')
  if (first === 'paths') return [`${third.toUpperCase()} ${second}`.trim(), ...rest].join(' ')
  return [first, second, third, ...rest].join(' ').trim()
}

/** The name of a member of a list, instead of its number. */
function labelOf(value: unknown, index: string): string {
  const { name, url } = Object(value) as { name?: string; url?: string }
  return name ?? url ?? index
}
