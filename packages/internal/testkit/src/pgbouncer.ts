import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { reservedPort } from './listen.ts'
import { inLines, serverFolder, write } from './postgres/files.ts'
import { guard } from './postgres/processes.ts'
import { serverUser } from './postgres/programs.ts'

const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']

function findProgram(): string | undefined {
  return places
    .map((folder) => join(folder, 'pgbouncer'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Tells that there is no PgBouncer, and how to have it. */
export function missingPgBouncer(): string | undefined {
  if (findProgram() !== undefined) return undefined
  const missing = 'there is no PgBouncer: apt-get install pgbouncer'
  if (process.env['POSTGRES'] === 'required') throw new Error(missing)
  return missing
}

/** A PgBouncer on loopback before the server of a database, for one user. It ends with the program that has started it. */
export interface PgBouncer extends AsyncDisposable {
  /** The address of the database, by way of it. */
  readonly url: string
  log(): string
}

export async function startPgBouncer(url: string, settings: Readonly<Record<string, string>>): Promise<PgBouncer> {
  const program = findProgram()
  if (program === undefined) throw new Error(missingPgBouncer())
  const { hostname, port: serverPort, username, password } = new URL(url)
  const port = await reservedPort()
  const folder = serverFolder()
  const guardian = guard(folder)
  const users = join(folder, 'users')
  const log = join(folder, 'log')
  write(users, `"${username}" "${password}"\n`)
  write(log, '')
  const own = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: users,
    logfile: log,
  }
  const databases = `[databases]\n* = host=${hostname} port=${serverPort}\n\n`
  write(join(folder, 'ini'), `${databases}[pgbouncer]\n${inLines({ ...own, ...settings }).replaceAll("'", '')}`)
  const child = spawn(program, ['-q', join(folder, 'ini')], { ...serverUser(), cwd: folder, stdio: 'ignore' })
  const ended = once(child, 'exit')
  guardian.watch(child.pid)
  child.once('exit', () => guardian.watch(undefined))
  const pgBouncer = {
    url: Object.assign(new URL(url), { port: String(port) }).href,
    log: () => readFileSync(log, 'utf8'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      await guardian.end()
    },
  }
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = pgBouncer.log()
      await guardian.end()
      throw new Error(`PgBouncer does not start: ${said}`)
    }
    await pass(20)
  }
  return pgBouncer
}

/** The numbers of its version: `[1, 18]`. */
export function versionOfPgBouncer(): [number, number] {
  const { stdout } = spawnSync(findProgram() ?? 'pgbouncer', ['--version'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = /PgBouncer (\d+)\.(\d+)/.exec(stdout) ?? []
  return [Number(major), Number(minor)]
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
