import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { buildShim } from '../../disk/shim.ts'
import { OutboxFiles } from '../../support/outbox-files.ts'

const built = buildShim()

const program = `
  import { sqliteOutbox } from ${JSON.stringify(new URL('../../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)}
  const outbox = sqliteOutbox(process.argv[1])
  const fates = []
  for (let index = 0; index < 12; index++) {
    const entry = { id: 'e' + index, customerId: 'a', operation: 'trackEvent', body: 'x'.repeat(3_000), acceptedAt: 1 }
    const [fate] = await outbox.append([entry]).catch(({ problem }) => [problem])
    fates.push(fate)
  }
  console.log(fates.join(' '))
`

test.runIf('shim' in built)(
  'syncs that fail, one a little after the other, end no outbox: it stores again as soon as the disk does',
  async () => {
    const shim = 'shim' in built ? built.shim : ''
    for (let again = 1; again < 6; again++) {
      await using files = new OutboxFiles()
      const env = {
        ...process.env,
        LD_PRELOAD: shim,
        DISK_DIR: files.directory,
        DISK_TRACE: '/dev/null',
        DISK_FAULT: `sync 20 1 ${again}`,
      }
      const fates = execFileSync(process.execPath, ['--input-type=module', '-e', program, files.path()], { env })
      expect(fates.toString().trim().split(' ').slice(-6)).toEqual(Array.from({ length: 6 }, () => 'stored'))
      expect(fates.toString()).not.toContain('moved')
    }
  },
)
