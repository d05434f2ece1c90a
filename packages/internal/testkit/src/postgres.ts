import { type ChildProcess, spawn, spawnSync, type SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { reservedPort } from './listen.ts'
import { copyData, inLines, serverFolder, write } from './postgres/files.ts'
import { childrenOf, type Guard, guard, killAll, signal } from './postgres/processes.ts'
import { findPrograms, type Major, missingServer, preparePrograms, serverUser } from './postgres/programs.ts'
import { connect, query, type Row } from './postgres/query.ts'

export { type Major, majors, missingServer } from './postgres/programs.ts'
export { connect, query } from './postgres/query.ts'

/** Lines of postgresql.conf. */
export type Settings = Readonly<Record<string, string>>

/**
 * A PostgreSQL on loopback, with a data folder of its own. It ends with the program that has started it, however that ends.
 * A crash takes nothing that was committed, unless the settings say `fsync: 'off'`.
 */
export class PostgresServer implements AsyncDisposable {
  /** It stays the same when the server starts again. */
  readonly port: number
  readonly #bin: string
  readonly #folder: string
  readonly #password: string
  readonly #guard: Guard
  #settings: Settings
  #process: ChildProcess | undefined

  private constructor(bin: string, port: number, password: string, settings: Settings) {
    this.port = port
    this.#folder = serverFolder()
    this.#guard = guard(this.#folder)
    this.#bin = preparePrograms(bin, this.#folder)
    this.#password = password
    this.#settings = settings
  }

  static async start(options: { major?: Major; settings?: Settings } = {}): Promise<PostgresServer> {
    const { major = 'newest', settings = {} } = options
    const bin = findPrograms(major)
    if (bin === undefined) throw new Error(missingServer(major))
    const password = randomBytes(12).toString('hex')
    const server = new PostgresServer(bin, await reservedPort(), password, settings)
    return server.#begin(() => server.#initialize())
  }

  /** The address of a database, for the superuser. */
  url(database = 'postgres'): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${this.port}/${database}`
  }

  /** Makes a database. @returns its address */
  async database(): Promise<string> {
    const name = `test_${randomBytes(6).toString('hex')}`
    await this.query(`CREATE DATABASE ${name}`)
    return this.url(name)
  }

  /** Runs SQL as the superuser. @returns the rows */
  query(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return query(this.url(), sql, values)
  }

  /** Starts it again over the same data. */
  async start(): Promise<void> {
    this.#configure()
    const log = openSync(this.#log, 'a')
    const child = spawn(join(this.#bin, 'postgres'), ['-D', this.#data], this.#asServer(log))
    closeSync(log)
    if (child.pid === undefined) throw ((await once(child, 'error')) as [Error])[0]
    // A program may end without ending its server; the guard does it then.
    child.unref()
    this.#process = child
    this.#guard.watch(child.pid)
    child.once('exit', () => this.#guard.watch(undefined))
    while (!this.#isReady(child.pid)) {
      if (hasEnded(child)) throw new Error(`PostgreSQL does not start: ${this.log().slice(-2_000)}`)
      await pass(20)
    }
  }

  /** Ends it in order: `fast` writes everything to its place first, `immediate` leaves that to the next start. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#end((child) => child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'))
  }

  /** Ends all of its processes at once, in the middle of what they do. */
  async kill(): Promise<void> {
    await this.#end((child, pid) => {
      // While it stands still it starts no more of them.
      child.kill('SIGSTOP')
      return killAll([pid, ...childrenOf(pid)])
    })
  }

  /** Lets all of its processes stand still, as those of a machine out of reach do: connections stay open, nothing is answered. */
  pause(): void {
    this.#signalAll('SIGSTOP')
  }

  resume(): void {
    this.#signalAll('SIGCONT')
  }

  /** Changes settings. A server that runs has read them when this resolves, but some of them count from its next start. */
  async configure(settings: Settings): Promise<void> {
    this.#settings = { ...this.#settings, ...settings }
    const server = this.#process
    if (server === undefined) return
    const loaded = async () => (await this.query('SELECT pg_conf_load_time()::text AS at'))[0]?.['at']
    const before = await loaded()
    this.#configure()
    server.kill('SIGHUP')
    while ((await loaded()) === before) await pass(20)
  }

  /**
   * Starts a second server that follows this one by streaming replication. It can be read, and written to once it is promoted.
   * With `synchronous_standby_names: '*'` here, each commit waits for it.
   */
  async standby(): Promise<PostgresServer> {
    const port = await reservedPort()
    const name = `standby_${port}`
    const primary = `host=127.0.0.1 port=${this.port} user=postgres password=${this.#password} application_name=${name}`
    const following = { primary_conninfo: primary, primary_slot_name: name, synchronous_standby_names: '' }
    const standby = new PostgresServer(this.#bin, port, this.#password, { ...this.#settings, ...following })
    return standby.#begin(async () => {
      // The slot keeps what the copy lacks until the standby has it.
      await this.query('SELECT pg_create_physical_replication_slot($1, true)', [name])
      await using connection = await connect(this.url())
      await connection.client.query('SELECT pg_backup_start($1, true)', [name])
      copyData(this.#data, standby.#data)
      const { rows } = await connection.client.query<Row>('SELECT labelfile FROM pg_backup_stop(false)')
      write(join(standby.#data, 'backup_label'), String(rows[0]?.['labelfile']))
      write(join(standby.#data, 'standby.signal'), '')
    })
  }

  /** Makes a standby a server of its own, which can be written to. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote()')
  }

  /** All that it has said. */
  log(): string {
    return readFileSync(this.#log, 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    await this.stop('immediate')
    // What was killed has left it; one that ended in order has not.
    const memory = this.#state()[6]?.trim().split(/ +/)[1]
    if (memory !== undefined) spawnSync('ipcrm', ['-m', memory])
    await this.#guard.end()
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  get #log(): string {
    return join(this.#folder, 'log')
  }

  /** Starts it for the first time. One that cannot start leaves nothing. */
  async #begin(prepare: () => void | Promise<void>): Promise<this> {
    try {
      await prepare()
      await this.start()
      return this
    } catch (thrown) {
      await this[Symbol.asyncDispose]()
      throw thrown
    }
  }

  #initialize(): void {
    const password = join(this.#folder, 'password')
    write(password, this.#password)
    // Text is sorted as in people's databases, not by its bytes as in JavaScript.
    const sorting = ['--locale=C', '--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US']
    const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`]
    const args = ['-D', this.#data, ...sorting, ...access, '--no-sync', '--no-instructions']
    const { status, stderr, error } = spawnSync(join(this.#bin, 'initdb'), args, this.#asServer('pipe'))
    if (status !== 0) throw error ?? new Error(`initdb: ${String(stderr)}`)
    rmSync(password)
  }

  #configure(): void {
    const own = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: '',
      // In its folder, so that it goes with it after a kill.
      dynamic_shared_memory_type: 'mmap',
    }
    write(join(this.#data, 'postgresql.conf'), inLines({ ...own, ...this.#settings }))
  }

  #asServer(output: 'pipe' | number): SpawnOptions {
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
    return { ...serverUser(), cwd: this.#folder, env, detached: true, stdio: ['ignore', output, output] }
  }

  /** The lines that its first process writes about itself, and leaves when it is killed. */
  #state(): string[] {
    try {
      return readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')
    } catch {
      return []
    }
  }

  #isReady(pid: number): boolean {
    const state = this.#state()
    return Number(state[0]) === pid && state[7]?.trim() === 'ready'
  }

  async #end(by: (child: ChildProcess, pid: number) => unknown): Promise<void> {
    const child = this.#process
    if (child?.pid === undefined || hasEnded(child)) return
    const ended = once(child, 'exit')
    child.ref()
    await by(child, child.pid)
    await ended
    this.#process = undefined
  }

  #signalAll(name: NodeJS.Signals): void {
    const pid = this.#process?.pid
    if (pid !== undefined) for (const one of [pid, ...childrenOf(pid)]) signal(one, name)
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
