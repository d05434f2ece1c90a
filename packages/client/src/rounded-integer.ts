/**
 * Strings, which may hold any digits, and whole numbers that may be too long for a number of JavaScript. A string that does not
 * end takes all that is left: looked for again behind each of its quotes, it would cost minutes.
 */
const stringOrLongInteger = /"(?:[^"\\]|\\[^])*"?|(?<![\d.])-?\d{16,}(?![\d.eE])/g

/** A whole number of a JSON text that JSON.parse would round in silence, such as an id of 64 bits; undefined where there is none. */
export function roundedInteger(text: string): string | undefined {
  if (!/\d{16}/.test(text)) return undefined
  const found = text.match(stringOrLongInteger) ?? []
  return found.find((token) => !token.startsWith('"') && isRounded(token))?.slice(0, 40)
}

function isRounded(digits: string): boolean {
  const number = Number(digits)
  return !Number.isFinite(number) || BigInt(digits) !== BigInt(number)
}
