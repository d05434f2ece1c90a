const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const

/** Duration as people say it: `40 s`, `12 min`, `3 h`, `2 d`. */
export function age(ms: number): string {
  // Of a unit at least two, so that little is lost by leaving out the rest.
  const unit = units.find((each) => ms >= 2 * each.ms) ?? { name: 's', ms: 1_000 }
  return `${Math.max(0, Math.floor(ms / unit.ms))} ${unit.name}`
}

/** Characters that steer a terminal, or turn or break what a person reads. */
const steering = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Text of a file or of the network, made harmless: control characters could steer the reader's terminal. */
export function plain(text: string, longest = 500): string {
  const safe = text.replaceAll(steering, '·').toWellFormed()
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe
}

/** A value as JSON of one line, in which characters that steer are escapes: the same JSON to who parses it. */
export function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(steering, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Levels of foreign JSON that are shown: writing what is nested without end would exhaust the stack. */
const mostLevels = 100

/** A value that was parsed from JSON, with what is nested too deep replaced by `…`. */
export function shallow(value: unknown, levels = mostLevels): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '…'
  if (Array.isArray(value)) return value.map((each) => shallow(each, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shallow(each, levels - 1)]))
}

/** Words of a command line as a shell takes them: quoted where that is needed. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}

/** A word of a command line as it may be shown: an address of a database, also behind `--outbox=`, without its password. */
export function withoutPassword(word: string): string {
  const [, option = '', url = ''] = /^(-[^=]*=)?(postgres(?:ql)?:\/\/.*)$/is.exec(word) ?? []
  if (!URL.canParse(url)) return word
  const shown = new URL(url)
  const secrets = ['password', 'sslpassword'].filter((name) => shown.searchParams.has(name))
  if (shown.password === '' && secrets.length === 0) return word
  shown.password = ''
  for (const secret of secrets) shown.searchParams.delete(secret)
  return `${option}${shown.href}`
}

function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (word.search(steering) === -1) return `'${word.replaceAll("'", String.raw`'\''`)}'`
  const bytes = word.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll(steering, bytesOf)
  return `$'${bytes}'`
}

function bytesOf(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

/** Texts one after the other, each ended: what a server or the SDK says may have no full stop. */
export function sentences(...texts: string[]): string {
  return texts.map((text) => (/[.!?:…]$/.test(text) ? text : `${text}.`)).join(' ')
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
