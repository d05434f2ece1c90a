import { readFileSync, writeFileSync } from 'node:fs'

/** A table: the first column to the left, all others to the right where they are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], isOfFigures = false): string {
  const rule = head.map((_, column) => (isOfFigures && column > 0 ? '---:' : '---'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Puts the text between the two markers of its name. */
export function replaceBetween(text: string, name: string, content: string): string {
  const { from, to } = between(text, name)
  return `${text.slice(0, from)}\n\n${content.trim()}\n\n${text.slice(to)}`
}

/** The text that stands there. */
export function textBetween(text: string, name: string): string {
  const { from, to } = between(text, name)
  return text.slice(from, to).trim()
}

function between(text: string, name: string): { from: number; to: number } {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`The page has no ${begin} … ${end}`)
  return { from: from + begin.length, to }
}

export function writeBetween(page: URL, name: string, content: string): void {
  writeFileSync(page, replaceBetween(readFileSync(page, 'utf8'), name, content))
}

/** The files that a page writes down under a heading, by their names: their fences say `ts server.ts`, `html index.html`. */
export function filesUnder(page: URL, heading: string): Record<string, string> {
  const section = readFileSync(page, 'utf8')
    .split(/^#{2,3} /m)
    .find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`The page has no heading ${heading}`)
  const fences = section.matchAll(/^```(?:tsx?|html) (\S+\.(?:tsx?|html))\n([\s\S]*?)^```/gm)
  return Object.fromEntries([...fences].map(([, name = '', code = '']) => [name, code]))
}
