import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outbox, OutboxUnderTest } from '@obsidianlaunch/events/outbox-kit'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { sqliteThreadOutbox } from '@obsidianlaunch/events/sqlite-thread'
import { remembersMs } from './cases/outbox-cases.ts'

/** All files of a run of the suite. */
const folder = await mkdtemp(join(tmpdir(), 'events-runtimes-'))

export function newFile(name: string): string {
  return join(folder, `${crypto.randomUUID()}-${name}`)
}

export async function removeFiles(): Promise<void> {
  await rm(folder, { recursive: true })
}

/** An outbox for a case of the kit; reopened is a copy of its files, which is what a crash at that moment leaves. */
export function newOutbox(where: 'here' | 'in a thread'): OutboxUnderTest {
  const make = where === 'here' ? sqliteOutbox : sqliteThreadOutbox
  const [file, copy] = [newFile('events.db'), newFile('copy.db')]
  const time = { ms: 1_700_000_000_000 }
  const open = (path: string) => make(path, { clock: { now: () => time.ms }, rememberMs: remembersMs })
  const opened = [open(file)] as [Outbox, ...Outbox[]]
  return {
    outbox: opened[0],
    pass: (ms) => void (time.ms += ms),
    reopen() {
      for (const suffix of ['', '-wal']) {
        // By another process: to close a file here would drop the locks that this one has on it.
        if (existsSync(`${file}${suffix}`)) execFileSync('cp', [`${file}${suffix}`, `${copy}${suffix}`])
      }
      const next = open(copy)
      opened.push(next)
      return next
    },
    async dispose() {
      for (const outbox of opened) await outbox.close()
    },
  }
}
