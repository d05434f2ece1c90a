import { isAddress } from '../outbox/address.ts'
import { type Database, databaseOf } from '../outbox/database.ts'
import { usage } from '../terminal/failure.ts'
import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { checkAccess, checkApi, checkClock, sendEvent } from './check-api.ts'
import { checkDatabase, checkRights } from './check-database.ts'
import { checkConnection, checkName } from './check-network.ts'
import { checkDead, checkDisk, checkOutbox, checkOwner, checkPending, checkPermissions } from './check-outbox.ts'
import { checkProxy } from './check-proxy.ts'
import { checkEnvironment, checkSending, checkServer, checkToken, checkVariables } from './check-settings.ts'
import { checkTls } from './check-tls.ts'
import { Checklist } from './checklist.ts'

export interface DoctorOptions {
  /** True for the database of the variable. */
  outbox?: string | true
  schema?: string
  send?: true
  /** Limit of each step, in seconds. */
  timeout: number
}

/** Checks everything from the settings to the API; each check needs those before it. */
export async function examine(shell: Shell, options: DoctorOptions): Promise<void> {
  const { outbox, send, timeout } = options
  const database = databaseFor(shell, options)
  const checklist = new Checklist(shell)
  const step = () => AbortSignal.any([shell.stopped, AbortSignal.timeout(timeout * 1_000)])

  const token = await checklist.check('token', [], () => checkToken(shell))
  await checklist.check('variables', [], () => checkVariables(shell))
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
  if (database !== undefined) await examineDatabase(checklist, database, timeout * 1_000)
  else if (typeof outbox === 'string') await examineFile(checklist, outbox)
  checklist.close()
}

/** The database that the options name, unless they name a file or nothing. @throws Failure before anything is checked */
function databaseFor(shell: Shell, { outbox, schema }: DoctorOptions): Database | undefined {
  if (outbox === true) return databaseOf(shell, undefined, schema)
  if (outbox !== undefined && isAddress(outbox)) return databaseOf(shell, outbox, schema)
  if (schema !== undefined) throw usage('--schema belongs to a database: name that by --outbox.')
  return undefined
}

async function examineDatabase(checklist: Checklist, database: Database, timeoutMs: number): Promise<void> {
  const outbox = await checklist.check('outbox', [], () => checkDatabase(database, timeoutMs))
  await checklist.check('rights', [outbox], () => checkRights(database, timeoutMs))
  await checklist.check('pending', [outbox], checkPending)
  await checklist.check('dead', [outbox], (contents) => checkDead(database.argument, contents))
}

async function examineFile(checklist: Checklist, path: string): Promise<void> {
  const outbox = await checklist.check('outbox', [], () => checkOutbox(path))
  await checklist.check('owner', [outbox], checkOwner)
  await checklist.check('pending', [outbox], checkPending)
  await checklist.check('dead', [outbox], (contents) => checkDead(` ${plain(path)}`, contents))
  await checklist.check('permissions', [outbox], () => checkPermissions(path))
  await checklist.check('disk', [outbox], () => checkDisk(path))
}
