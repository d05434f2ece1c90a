import { expect, test } from 'vitest'
import { root } from '@obsidianlaunch/testkit/workspace'
import { pathToFileURL } from 'node:url'
import { documentForEditors, proseOf } from '../src/openapi.ts'

test('a description loses its notes on sources and assumptions, and keeps all else', () => {
  expect(proseOf('The plan. **Source:** the REST reference calls it\na string. **Assumption:** a number too.')).toBe(
    'The plan.',
  )
  expect(proseOf('Tracks.\n\n**Assumption:** dated at its arrival.\n\nKeep names\nconsistent.\n')).toBe(
    'Tracks.\n\nKeep names\nconsistent.',
  )
  expect(proseOf('A source: none.')).toBe('A source: none.')
})

test('an editor shows nothing of where a field was found', async () => {
  const document = JSON.stringify(await documentForEditors(pathToFileURL(`${root}/spec/openapi.yaml`)))
  expect(document).toContain('Keep names consistent')
  expect(document).not.toMatch(/\*\*(Source|Assumption):/)
})
