import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { checkAccess, checkApi, checkClock, sendEvent } from './check-api.ts'
import { checkConnection, checkName } from './check-network.ts'
import { checkDead, checkDisk, checkOutbox, checkOwner, checkPending, checkPermissions } from './check-outbox.ts'
import { checkProxy } from './check-proxy.ts'
import { checkEnvironment, checkSending, checkServer, checkToken } from './check-settings.ts'
import { checkTls } from './check-tls.ts'
import { Checklist } from './checklist.ts'

export interface DoctorOptions {
  outbox?: string
  send?: true
  /** Limit of each step, in seconds. */
  timeout: number
}

/** Checks everything from the settings to the API; each check needs those before it. */
export async function examine(shell: Shell, { outbox, send, timeout }: DoctorOptions): Promise<void> {
  const checklist = new Checklist(shell)
  const step = () => AbortSignal.any([shell.stopped, AbortSignal.timeout(timeout * 1_000)])

  const token = await checklist.check('token', [], () => checkToken(shell))
  await checklist.check('sending', [], () => checkSending(shell))
  await checklist.check('environment', [], () => checkEnvironment(shell))
  const server = await checklist.check('server', [], () => checkServer(shell))
  const route = await checklist.check('proxy', [server], (url) => checkProxy(shell, url))
  const name = await checklist.check('name', [route], (way) => checkName(way, step()))
  const connection = await checklist.check('connection', [name], (way) => checkConnection(way, step()))
  const tls = await checklist.check('tls', [server, connection], (url, socket) => checkTls(url, socket, step()))
  const api = await checklist.check('api', [server, tls], (url) => checkApi(url, step()))
  await checklist.check('clock', [api], checkClock)
  const access = await checklist.check('access', [server, api, token], (url, without, value) =>
    checkAccess(url, without, value, environmentOf(shell), step()),
  )
  if (send) await checklist.check('event', [token, access], (value) => sendEvent(shell, value, timeout * 1_000))
  if (outbox !== undefined) await examineOutbox(checklist, outbox)
  checklist.close()
}

async function examineOutbox(checklist: Checklist, path: string): Promise<void> {
  const outbox = await checklist.check('outbox', [], () => checkOutbox(path))
  await checklist.check('owner', [outbox], checkOwner)
  await checklist.check('pending', [outbox], checkPending)
  await checklist.check('dead', [outbox], (contents) => checkDead(path, contents))
  await checklist.check('permissions', [outbox], () => checkPermissions(path))
  await checklist.check('disk', [outbox], () => checkDisk(path))
}
