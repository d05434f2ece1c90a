import { readFileSync, writeFileSync } from 'node:fs'

const readme = new URL('../README.md', import.meta.url)

function markers(name: string): [string, string] {
  return [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
}

/** Puts the text between the two markers of its name. */
export function replaceBetween(text: string, name: string, content: string): string {
  const [begin, end] = markers(name)
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`The README has no ${begin} … ${end}`)
  return `${text.slice(0, from)}${begin}\n\n${content.trim()}\n\n${text.slice(to)}`
}

export function writeToReadme(name: string, content: string): void {
  writeFileSync(readme, replaceBetween(readFileSync(readme, 'utf8'), name, content))
}
