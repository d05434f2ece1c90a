import { readdirSync, readlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { append, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

/** The files there that this process has open, as Linux tells it. */
function openIn(directory: string): string[] {
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return open.filter((path) => path.startsWith(directory))
}

function change(path: string, sql: string): void {
  using db = new DatabaseSync(path)
  db.exec(sql)
}

test.runIf(process.platform === 'linux')(
  'an outbox that cannot be opened leaves no file open, however often',
  async () => {
    await using files = new OutboxFiles()
    const first = files.open()
    await append(first, 'a:1')
    await first.close()
    // Its waits are too long, and cannot be made shorter.
    const refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON lane BEGIN SELECT RAISE(ABORT, 'no'); END"
    change(files.path(), `UPDATE lane SET due = 9000000000000000, wait = 1000000000000; ${refuse}`)
    const outbox = files.open()
    for (let count = 0; count < 3; count++) await failureOf(outbox.counts())
    expect(openIn(files.directory)).toEqual([])
    change(files.path(), 'DROP TRIGGER refuse')
    expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
    await outbox.close()
    expect(openIn(files.directory)).toEqual([])
  },
)
