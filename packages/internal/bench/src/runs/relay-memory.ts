import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pageRequest } from '../relay/page.ts'
import { ServerProcess } from '../relay/server-process.ts'
import { connection } from '../relay/wire.ts'

/**
 * In a process of its own: `relay-memory.ts KIND URL REQUESTS`. Sends so many requests as fast as they are answered, and prints
 * the resident memory of the server after each tenth of them, garbage collected.
 */
const [kind = '', url = '', requests = ''] = process.argv.slice(2)
const tenths = 10
const folder = mkdtempSync(join(tmpdir(), 'relay-'))
const server = await ServerProcess.start(kind, url, join(folder, 'events.db'))
const all = await Promise.all(Array.from({ length: 64 }, () => connection(server.port)))

async function send(count: number): Promise<void> {
  let left = count
  await Promise.all(
    all.map(async ({ send: ask }) => {
      while (left-- > 0) if ((await ask(pageRequest())) !== 200) throw new Error('A request was refused')
    }),
  )
}

const figures: Record<string, number> = {}
for (let tenth = 1; tenth <= tenths; tenth++) {
  await send(Number(requests) / tenths)
  figures[`mb${tenth}`] = (await server.state()).residentMB
}
process.stdout.write(JSON.stringify(figures))
await server.kill()
rmSync(folder, { recursive: true })
process.exit()
