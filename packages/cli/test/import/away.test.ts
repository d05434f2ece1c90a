import { PassThrough } from 'node:stream'
import type { EventTracker } from '@obsidianlaunch/events'
import { expect, test } from 'vitest'
import { openStored, storedFrom } from '../../src/import/stored.ts'
import { Shell } from '../../src/terminal/shell.ts'

/** A tracker whose database is away. */
function withoutDatabase(why: string): EventTracker {
  const trouble = { problem: 'io', message: `The outbox obsidian_events ${why}. It is asked again.`, at: 0 }
  const status = () => ({ outbox: { state: 'opening', trouble } })
  return { start: () => new Promise(() => {}), status } as unknown as EventTracker
}

test.each([
  ['cannot be reached (connect ECONNREFUSED 127.0.0.1:1)', 'cannot be reached (connect ECONNREFUSED 127.0.0.1:1)', 1],
  ['cannot be reached (getaddrinfo ENOTFOUND db)', 'cannot be reached (getaddrinfo ENOTFOUND db)', 3],
  ['did not answer within 10000 ms (timeoutMs)', 'did not answer within 10 s', 1],
])(
  'a database that %s ends an import with that and the next step, and without its password',
  async (why, said, exitCode) => {
    const stdin = new PassThrough()
    const env = { DATABASE_URL: 'postgres://me:a-secret@db/app' }
    const shell = new Shell({ stdin, stdout: new PassThrough(), stderr: new PassThrough(), env })
    const typed = await storedFrom(shell, { outbox: 'postgres://me:a-secret@db/app' })
    const ofVariable = await storedFrom(shell, { outbox: true, schema: 'app' })
    const opening = (stored: typeof typed) => stored && openStored(shell, withoutDatabase(why), stored, 10)
    const lead = `The outbox obsidian_events ${said}. The database is postgres://me@db/app. Nothing was sent. Start it, or mend its address, and give the same command again.`
    await expect(opening(typed)).rejects.toMatchObject({
      message: `${lead} \`obsidian-events doctor --outbox postgres://me@db/app\` looks into it.`,
      exitCode,
    })
    await expect(opening(ofVariable)).rejects.toMatchObject({
      message: `${lead} \`obsidian-events doctor --outbox --schema app\` looks into it.`,
    })
  },
)
