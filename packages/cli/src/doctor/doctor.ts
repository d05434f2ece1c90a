import { checkAccess, checkApi, checkClock, sendEvent } from './check-api.ts'
import { checkConnection, checkName } from './check-network.ts'
import { checkDead, checkDisk, checkOutbox, checkOwner, checkPending, checkPermissions } from './check-outbox.ts'
import { checkProxy } from './check-proxy.ts'
import { checkEnvironment, checkSending, checkServer, checkToken } from './check-settings.ts'
import { checkTls } from './check-tls.ts'
import { Chart } from './chart.ts'
import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'

export interface DoctorOptions {
  outbox?: string
  send?: true
  /** In seconds. */
  timeout: number
}

/** Goes from the settings to the API, each check on the ground of those before. */
export async function examine(shell: Shell, { outbox, send, timeout }: DoctorOptions): Promise<void> {
  const chart = new Chart(shell)
  const step = () => AbortSignal.any([shell.stopped, AbortSignal.timeout(timeout * 1_000)])

  const token = await chart.check('token', [], () => checkToken(shell))
  await chart.check('sending', [], () => checkSending(shell))
  await chart.check('environment', [], () => checkEnvironment(shell))
  const server = await chart.check('server', [], () => checkServer(shell))
  const route = await chart.check('proxy', [server], (url) => checkProxy(shell, url))
  const name = await chart.check('name', [route], (way) => checkName(way, step()))
  const connection = await chart.check('connection', [name], (way) => checkConnection(way, step()))
  const tls = await chart.check('tls', [server, connection], (url, socket) => checkTls(url, socket, step()))
  const api = await chart.check('api', [server, tls], (url) => checkApi(url, step()))
  await chart.check('clock', [api], checkClock)
  const access = await chart.check('access', [server, api, token], (url, without, value) =>
    checkAccess(url, without, value, environmentOf(shell), step()),
  )
  if (send) await chart.check('event', [token, access], (value) => sendEvent(shell, value, timeout * 1_000))
  if (outbox !== undefined) await examineOutbox(chart, outbox)
  chart.close()
}

async function examineOutbox(chart: Chart, path: string): Promise<void> {
  const outbox = await chart.check('outbox', [], () => checkOutbox(path))
  await chart.check('owner', [outbox], checkOwner)
  await chart.check('pending', [outbox], checkPending)
  await chart.check('dead', [outbox], (contents) => checkDead(path, contents))
  await chart.check('permissions', [outbox], () => checkPermissions(path))
  await chart.check('disk', [outbox], () => checkDisk(path))
}
