import { textOf } from '@obsidianlaunch/testkit/pages'

/** The Markdown of the pages about this outbox, by what they are about. */
export const pages = {
  index: textOf('guides/postgres'),
  schema: textOf('guides/postgres/schema'),
  transactions: textOf('guides/postgres/transactions'),
  operating: textOf('guides/postgres/operating'),
  failures: textOf('guides/postgres/failures'),
}

/** All of them. */
export const allPages = Object.values(pages).join('\n')

/** The fences of a language, in their order: their words behind it, and their text. */
export function fences(language: string): { words: string; text: string }[] {
  const found = allPages.matchAll(new RegExp(`^\`\`\`${language}\\b([^\\n]*)\\n([\\s\\S]*?)^\`\`\``, 'gm'))
  return [...found].map(([, words = '', text = '']) => ({ words: words.trim(), text }))
}

/** The statements of the SQL of the pages that speak of something. */
export function statementsAbout(word: string): string[] {
  const statements = fences('sql').flatMap(({ text }) => text.split(/;\n/))
  return statements.map((statement) => statement.trim()).filter((statement) => statement.includes(word))
}

/** The rows of the first table of a page whose head begins with a text, without the head. */
export function rowsOf(page: string, head: string): string[][] {
  const [, table = ''] = page.split(`\n| ${head} |`)
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2)
  return rows.map((row) => row.split('|').slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()))
}
