/** Line breaks and tabs, those of Unicode among them. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
/** Characters that move a terminal or a reader: C0 and C1, which begin escape sequences, and marks that turn text. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Makes foreign text fit for a message or a line of a log: on one line, and without control characters. */
export function shown(text: string): string {
  return shownLines(text.replaceAll(breaks, ' '))
}

/** Does the same but leaves line breaks, as a stack has them. */
export function shownLines(text: string): string {
  return text.replaceAll(controls, '\uFFFD')
}
