import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const program = `
  import { createInterface } from 'node:readline'
  import { sqliteOutbox } from ${JSON.stringify(new URL('../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)}
  const [path, ...names] = process.argv.slice(1)
  const outbox = sqliteOutbox(path)
  const append = async (name) => {
    const entry = { id: name, customerId: name[0], operation: 'trackEvent', body: '{}', acceptedAt: 1 }
    const [fate] = await outbox.append([entry]).catch(({ problem, name }) => [problem ?? name])
    return fate
  }
  for (const name of names) await append(name)
  console.log('ready')
  for await (const name of createInterface(process.stdin)) console.log(await append(name))
  await outbox.close()
`

/** Another process that owns the outbox at `path`, in which it stores events, until it is closed or killed. */
export async function hold(path: string, ...names: string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path, ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const end = async (how: () => void) => {
    const exited = once(child, 'exit')
    how()
    await exited
  }
  await next()
  return {
    append: (name: string): Promise<string> => {
      child.stdin.write(`${name}\n`)
      return next()
    },
    close: () => end(() => child.stdin.end()),
    kill: () => end(() => child.kill('SIGKILL')),
  }
}
