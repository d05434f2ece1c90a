import { createServer } from 'node:http'
import { listen } from '../listen.ts'
import type { PostgresServer } from '../postgres.ts'
import type { Major } from './programs.ts'

/**
 * Keeps the servers that the test files of a run share: one of each major, started when it is first asked for. The answer to
 * `GET /newest` is its address.
 */
export async function setup(): Promise<() => Promise<void>> {
  const servers = new Map<string, Promise<PostgresServer>>()
  const front = createServer((request, response) => {
    // To make a server takes so long that a connection that is kept may end just when it is used again.
    response.setHeader('connection', 'close')
    const major = request.url?.slice(1) as Major
    const server = servers.get(major) ?? start(major)
    servers.set(major, server)
    server.then(
      (started) => response.end(started.url()),
      (thrown: unknown) => response.writeHead(500).end(String(thrown)),
    )
  })
  const local = await listen(front)
  process.env['SHARED_POSTGRES'] = local.url
  return async () => {
    await local[Symbol.asyncDispose]()
    for (const server of await Promise.allSettled(servers.values()))
      if (server.status === 'fulfilled') await server.value[Symbol.asyncDispose]()
  }
}

async function start(major: Major): Promise<PostgresServer> {
  // Loaded only by a run that has use for it.
  const { PostgresServer: Server } = await import('../postgres.ts')
  // No test of these looks at what a crash leaves, so nothing waits for the disk.
  return Server.start({ major, settings: { fsync: 'off', max_wal_size: '128MB' } })
}
