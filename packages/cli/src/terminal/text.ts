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

/** Text of a file or of the network, made harmless: control characters could steer the reader's terminal. */
export function plain(text: string, longest = 500): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·').toWellFormed()
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
