import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

const contributing = readFileSync(join(root, '.github', 'CONTRIBUTING.md'), 'utf8')

/** Words of the glossary that we do not write. */
const forbidden = (contributing.split('\n| not |')[1] ?? '')
  .split('\n\n')[0]
  ?.split('\n')
  .slice(2)
  .flatMap((row) => (row.split('|')[1] ?? '').split(','))
  .map((word) => word.trim())

const word = new RegExp(`\\b(?:${forbidden?.join('|')})\\b`, 'gi')
const opening = /^(?:What|Who|Whom|Whose|Whether|Where|When|Which|How)\b/

const pages = files(
  '{{*,.github/*,spec/*,packages/*/*,packages/internal/*/*}.md,packages/internal/docs/src/content/**/*.{md,mdx}}',
  (path) => !/CHANGELOG\.md$|docs\/src\/content\/docs\/(?:api|upgrading)\//.test(path),
)
const sources = files(
  '{.ci,packages/{*,internal/*}/{src,test,scripts,bin,site}}/**/*.{ts,mts,js,mjs}',
  (path) => !/\.gen\.|\/projects\//.test(path),
)
const changesets = files('.changeset/*.md')

function files(pattern: string, isOurs: (path: string) => boolean = () => true): string[] {
  const found = globSync(pattern, {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|dist|\.scratch)$/.test(name),
  })
  return found.filter(isOurs).toSorted()
}

/** Pieces of a source that people read: its comments, and its texts of more than one word. */
function proseOf(source: string): { text: string; line: number }[] {
  const piece = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return [...source.matchAll(piece)]
    .map(({ 0: text, index }) => ({ text, line: source.slice(0, index).split('\n').length }))
    .filter(({ text }) => text.startsWith('/') || /\w \w/.test(text))
    .map(({ text, line }) => ({ text: text.startsWith('`') ? textOf(text) : text, line }))
}

/** The text of a template, without its quotes and its code. */
function textOf(template: string): string {
  return template.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, '…')
}

/** The first sentence of a doc comment; undefined where it is another comment or a text. */
function sentenceOf(text: string): string | undefined {
  const [, body] = /^\/\*\*\s*([\s\S]*?)\s*\*\/$/.exec(text) ?? []
  return body?.replaceAll(/\n\s*\* ?/g, ' ').replace(/^\*\s*/, '')
}

/** The forbidden words of a text outside its code quotes. */
function wordsIn(text: string): string[] {
  return [...text.replaceAll(/`[^`\n]*`/g, '').matchAll(word)].map(([found]) => found)
}

test('the glossary has words to look for, and there is something to look at', () => {
  expect(forbidden?.length).toBeGreaterThan(5)
  expect(pages.length).toBeGreaterThan(10)
  expect(sources.length).toBeGreaterThan(300)
})

test('no page has a word that the glossary of CONTRIBUTING replaces', () => {
  const table = contributing.slice(
    contributing.indexOf('\n| not |'),
    contributing.indexOf('\n\n', contributing.indexOf('\n| not |')),
  )
  const found = pages.flatMap((page) =>
    readFileSync(join(root, page), 'utf8')
      .replace(table, '')
      .split('\n')
      .flatMap((line, at) => wordsIn(line).map((bad) => `${page}:${at + 1} ${bad}`)),
  )
  expect(found).toEqual([])
})

test('no comment, message, help text or name of a test has such a word', () => {
  const found = sources.flatMap((file) =>
    proseOf(readFileSync(join(root, file), 'utf8')).flatMap(({ text, line }) =>
      wordsIn(text).map((bad) => `${file}:${line} ${bad}`),
    ),
  )
  expect(found).toEqual([])
})

test('nothing tells anybody to run a package of npm that is not ours: obsidian-events is a command, and no package', () => {
  const program = /\b(?:npx|npm exec|pnpm dlx|yarn dlx|bunx)\s+(?:-\S+\s+)*obsidian-events\b/
  expect(program.test(['npx', 'obsidian-events outbox list'].join(' '))).toBe(true)
  expect(program.test('npx @obsidianlaunch/events-cli outbox list')).toBe(false)
  const found = [...pages, ...sources, ...changesets].filter((file) =>
    program.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(found).toEqual([])
})

test('a doc comment begins with a noun or a verb that names its subject, unless it asks a question', () => {
  const found = sources.flatMap((file) =>
    proseOf(readFileSync(join(root, file), 'utf8')).flatMap(({ text, line }) => {
      const sentence = sentenceOf(text)
      const isVague = sentence !== undefined && opening.test(sentence) && !/^[^.]*\?/.test(sentence)
      return isVague ? [`${file}:${line} ${sentence.slice(0, 60)}`] : []
    }),
  )
  expect(found).toEqual([])
})

test('comments, names and templates are read; code and paths are not', () => {
  const source = "/** How so. */\nconst a = './b/c.ts' // ends\ntest('what is so', () => `a day ${b} c`)\n"
  expect(proseOf(source)).toEqual([
    { text: '/** How so. */', line: 1 },
    { text: '// ends', line: 2 },
    { text: "'what is so'", line: 3 },
    { text: 'a day … c', line: 3 },
  ])
  expect(sentenceOf('/**\n * How\n * so.\n */')).toBe('How so.')
})
