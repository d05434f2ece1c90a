/**
 * Prints the source files through which one awaited event passes, from `trackEvent` to the socket and back, each with
 * the functions that ran in it. The client is loaded from its sources too: in what is built, its files are no more to be
 * told apart.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'

const packages = new URL('../../../', import.meta.url)
const clientSources = new Map([
  ['@obsidianlaunch/events-client', new URL('client/src/index.node.ts', packages).href],
  ['@obsidianlaunch/events-client/core', new URL('client/src/core.node.ts', packages).href],
])
registerHooks({
  resolve(specifier, context, nextResolve) {
    return nextResolve(clientSources.get(specifier) ?? specifier, context)
  },
})
const { EventTracker } = await import('../../src/index.ts')

const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"status":"ok"}'))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const tracker = new EventTracker({ token: 'token', environment: 'test', baseUrl: `http://127.0.0.1:${port}` })
// The first event opens the connection and decides which transport there is.
await tracker.trackEvent('user123', 'button_click', { property: { button: 'first' } })

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
await tracker.trackEvent('user123', 'button_click', { property: { button: 'second' } })
const { result } = await session.post('Profiler.takePreciseCoverage')
session.disconnect()
await tracker.shutdown()
server.close()

const files = result
  .map(({ url, functions }) => ({
    file: url.startsWith(packages.href) ? url.slice(packages.href.length) : '',
    ran: functions.filter(({ ranges: [range] }) => (range?.count ?? 0) > 0),
  }))
  .filter(({ file, ran }) => /^(?:events|client)\/src\//.test(file) && ran.length > 0)
  .toSorted((one, other) => (one.file < other.file ? -1 : 1))
for (const { file, ran } of files) {
  const names = ran.map(({ functionName }) => functionName || '()').join(' ')
  process.stdout.write(`${file}  ${names}\n`)
}
const count = (folder: string) => files.filter(({ file }) => file.startsWith(folder)).length
process.stdout.write(`${count('events/')} files of events, ${count('client/')} of client\n`)
