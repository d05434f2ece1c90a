/**
 * A server between pages and the API, in a process of its own: `node server.ts <kind> <port> <url of the API> <file>`. It says
 * its port, and when it is asked, its CPU time in microseconds and its memory.
 */
import { type KindName, kinds } from './kinds.ts'

const [kind = '', port = '0', url = '', file = ''] = process.argv.slice(2)
const serving = await kinds[kind as KindName].serve(Number(port), url, file)

process.on('message', () => {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMicros: user + system, residentMB: process.memoryUsage.rss() / 1e6, pending: serving.pending() })
})
process.on('disconnect', () => process.exit())
process.send?.(serving.port)
