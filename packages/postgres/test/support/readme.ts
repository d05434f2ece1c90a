import { readFileSync } from 'node:fs'

export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The fences of a language, in their order: their words behind it, and their text. */
export function fences(language: string): { words: string; text: string }[] {
  const found = readme.matchAll(new RegExp(`^\`\`\`${language}\\b([^\\n]*)\\n([\\s\\S]*?)^\`\`\``, 'gm'))
  return [...found].map(([, words = '', text = '']) => ({ words: words.trim(), text }))
}

/** The statements of the SQL of the README that speak of something. */
export function statementsAbout(word: string): string[] {
  const statements = fences('sql').flatMap(({ text }) => text.split(/;\n/))
  return statements.map((statement) => statement.trim()).filter((statement) => statement.includes(word))
}
