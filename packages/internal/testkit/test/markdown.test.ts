import { expect, test } from 'vitest'
import { replaceBetween, table, textBetween } from '../src/markdown.ts'

const page = 'before\n<!-- call -->\n\nold\n\n<!-- end of call -->\nafter'

test('a table takes the place between its markers, and nothing else changes', () => {
  expect(replaceBetween(page, 'call', 'new')).toBe('before\n<!-- call -->\n\nnew\n\n<!-- end of call -->\nafter')
})

test('a page without the markers is an error that names them', () => {
  expect(() => replaceBetween('nothing', 'call', 'new')).toThrow('<!-- call -->')
})

test('what was written between the markers is read from there', () => {
  expect(textBetween(replaceBetween(page, 'call', 'new'), 'call')).toBe('new')
})

test('figures stand on the right, their names on the left', () => {
  expect(table(['', 'events/s'], [['ours', '9']], true)).toBe('|  | events/s |\n| --- | ---: |\n| ours | 9 |')
  expect(table(['Node', '20'], [['npm', '✓']])).toBe('| Node | 20 |\n| --- | --- |\n| npm | ✓ |')
})
