import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { manyLines, writeLines } from './files.ts'

test('an import whose database is not there ends by itself, with nothing sent and no place to clean up', async () => {
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token' })
  writeLines(at, 'events.ndjson', manyLines(3))
  const line = 'obsidian-events track --from events.ndjson --outbox postgres://me:a-secret@127.0.0.1:1/app'
  const startedAt = performance.now()
  const { code, stdout, stderr } = await at.run(line)
  expect(performance.now() - startedAt).toBeLessThan(120_000)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  const told = stderr.replaceAll(/\s+/g, ' ')
  expect(told).toContain(
    'postgres://me@127.0.0.1:1/app is not open yet: The outbox obsidian_events cannot be reached (connect ECONNREFUSED 127.0.0.1:1). It is asked again for 15 seconds.',
  )
  expect(told).toContain('Nothing was sent. Start it, or mend its address, and give the same command again.')
  expect(told).not.toContain('secret')
  expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
})
