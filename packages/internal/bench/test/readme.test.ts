import { expect, test } from 'vitest'
import { replaceBetween } from '../src/readme.ts'

const page = 'before\n<!-- call -->\n\nold\n\n<!-- end of call -->\nafter'

test('a table takes the place between its markers, and nothing else changes', () => {
  expect(replaceBetween(page, 'call', 'new')).toBe('before\n<!-- call -->\n\nnew\n\n<!-- end of call -->\nafter')
})

test('a page without the markers is an error that names them', () => {
  expect(() => replaceBetween('nothing', 'call', 'new')).toThrow('<!-- call -->')
})
