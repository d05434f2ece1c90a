import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LineCutter, type Line } from '../../../src/import/formats/lines.ts'
import { lineAt } from '../../../src/import/source.ts'
import { Workplace } from '../../command-line.ts'

function linesOf(content: Buffer, chunkBytes: number, isWanted: (line: number) => boolean = () => true): Line[] {
  const cutter = new LineCutter()
  const lines: Line[] = []
  for (let at = 0; at < content.length; at += chunkBytes) {
    lines.push(...cutter.cut(content.subarray(at, at + chunkBytes), isWanted))
  }
  lines.push(...cutter.end(isWanted))
  expect(cutter.offset).toBe(content.length)
  return lines
}

const mixed = Buffer.concat([
  Buffer.from('\uFEFF"é"\r\n\n"b\u2028c"\n'),
  Buffer.from([0xff, 10]),
  Buffer.from('"計画を更新"\n"the end"'),
])

test.each([1, 2, 3, 5, 7, 1_000])('lines are the same in chunks of %i bytes, and end at line feeds alone', (bytes) => {
  expect(linesOf(mixed, bytes)).toEqual([
    { number: 1, start: 0, text: '"é"\r' },
    { number: 2, start: 9, text: '' },
    { number: 3, start: 10, text: '"b\u2028c"' },
    { number: 4, start: 18, text: '\uFFFD', reason: 'is not UTF-8 text: save the file as UTF-8' },
    { number: 5, start: 20, text: '"計画を更新"' },
    { number: 6, start: 38, text: '"the end"' },
  ])
  expect(linesOf(mixed, bytes, (line) => line % 2 === 0).map(({ number }) => number)).toEqual([2, 4, 6])
})

test('a line without an end is told, takes no memory, and spoils no other', () => {
  const content = Buffer.concat([Buffer.alloc(3 * 1024 * 1024, 'x'), Buffer.from('\nnext')])
  expect(linesOf(content, 64 * 1024)).toEqual([
    { number: 1, start: 0, text: '', reason: 'is longer than 1 MiB: make it shorter' },
    { number: 2, start: 3 * 1024 * 1024 + 1, text: 'next' },
  ])
})

test('a line is found again by where it begins, however long it is', () => {
  using at = new Workplace()
  const long = 'é'.repeat(100_000)
  writeFileSync(at.path('events.ndjson'), `first\n${long}\nlast`)
  expect(lineAt(at.path('events.ndjson'), 6)).toBe(long)
  expect(lineAt(at.path('events.ndjson'), 6 + 200_000 + 1)).toBe('last')
})
