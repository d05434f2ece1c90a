import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Rejects } from '../../src/import/rejects.ts'
import type { Sending } from '../../src/import/sending.ts'
import { printTotals } from '../../src/import/totals.ts'
import { Shell } from '../../src/terminal/shell.ts'

test.each([
  [1, '1 line/s'],
  [1_200, '1,200 lines/s'],
])('%i lines in a second are written as one says it', async (delivered, said) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const shell = new Shell({ stdin: new PassThrough(), stdout, stderr, env: {} })
  const counts = { delivered, rejected: 0, alreadyDelivered: 0 }
  const sending = { counts, pending: 0, webPages: 0, source: { name: 'events.ndjson' } } as unknown as Sending
  const rejects = { shown: [], isOnOutput: false } as unknown as Rejects
  printTotals(shell, { sending, journal: undefined, rejects, isDry: false, tookMs: 1_000, resumeCommand: undefined })
  stdout.end()
  expect(await text(stdout)).toMatch(new RegExp(`  ${said}\n$`))
})
