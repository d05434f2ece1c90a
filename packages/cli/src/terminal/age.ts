const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const

/** A length of time as people say it: `40 s`, `12 min`, `3 h`, `2 d`. */
export function age(ms: number): string {
  // Of a unit at least two, so that little is lost by leaving out the rest.
  const unit = units.find((each) => ms >= 2 * each.ms) ?? { name: 's', ms: 1_000 }
  return `${Math.max(0, Math.floor(ms / unit.ms))} ${unit.name}`
}
