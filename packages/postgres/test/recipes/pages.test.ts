import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fences } from '../support/pages.ts'

const files = readdirSync(import.meta.dirname).filter(
  (name) => /\.(ts|sql|py)$/.test(name) && !name.endsWith('.test.ts'),
)

test.each(files)('the site shows %s as it runs here, word for word', (name) => {
  const language = name.endsWith('.py') ? 'python' : (name.split('.').at(-1) ?? '')
  const code = readFileSync(new URL(name, import.meta.url), 'utf8')
  expect(fences(language).find(({ words }) => words === name)?.text).toBe(code)
})
