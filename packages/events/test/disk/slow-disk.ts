/**
 * Stores an event while the disk stands still, which goes on only once this program lets it: `node slow-disk.ts <directory>
 * <outbox>`, over the shim. A program that is held up by its disk never gets there.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { sqliteThreadOutbox } from '../../src/outbox/sqlite-thread/sqlite-thread.ts'
import { entryOf } from '../support/outbox-files.ts'

const [directory = '', kind] = process.argv.slice(2)
const held = process.env['DISK_HELD'] ?? ''
const outbox = (kind === 'sqlite' ? sqliteOutbox : sqliteThreadOutbox)(join(directory, 'events.db'))
await outbox.append([entryOf('a:1')])
writeFileSync(held, '')
let isStored = false
const stored = Promise.resolve(outbox.append([entryOf('a:2')])).then(() => (isStored = true))
for (let turn = 0; turn < 50; turn++) await new Promise((passed) => setTimeout(passed, 1))
const wasStored = isStored
rmSync(held)
await stored
await outbox.close()
process.stdout.write(`${wasStored ? 'the disk was never waited for' : 'went on'}\n`)
