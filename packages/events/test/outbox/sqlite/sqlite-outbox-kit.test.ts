import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { outboxCases, type OutboxUnderTest } from '../../../src/outbox/kit/kit.ts'
import { sqliteOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { sqliteThreadOutbox } from '../../../src/outbox/sqlite-thread/sqlite-thread.ts'

const remembersMs = 30 * 86_400_000

/** Reopens a copy of the files: what a crash at this moment would leave. */
function subject(make: typeof sqliteOutbox): OutboxUnderTest {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-'))
  const time = { ms: 1_700_000_000_000 }
  const open = (name: string) => make(join(directory, name), { clock: { now: () => time.ms }, rememberMs: remembersMs })
  const opened = [open('events.db')]
  return {
    outbox: opened[0] as (typeof opened)[0],
    pass: (ms) => void (time.ms += ms),
    reopen: () => {
      // By another process: to close a file here would drop the locks that this one has on it.
      execFileSync('sh', ['-c', 'for f in events.db events.db-wal; do [ ! -e $f ] || cp $f copy-$f; done'], {
        cwd: directory,
      })
      const copy = open('copy-events.db')
      opened.push(copy)
      return copy
    },
    dispose: async () => {
      for (const outbox of opened) await outbox.close()
      rmSync(directory, { recursive: true })
    },
  }
}

test.each(outboxCases({ durable: true, remembersMs }))('in a file, $name', async ({ run }) => {
  await expect(run(() => subject(sqliteOutbox))).resolves.toBeUndefined()
})

test.each(outboxCases({ durable: true, remembersMs }))('in a file that a thread keeps, $name', async ({ run }) => {
  await expect(run(() => subject(sqliteThreadOutbox))).resolves.toBeUndefined()
})
