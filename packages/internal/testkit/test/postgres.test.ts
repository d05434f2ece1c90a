import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createDatabase, missingDatabase } from '../src/database.ts'
import { missingPgBouncer } from '../src/pgbouncer.ts'
import { connect, type Major, majors, missingServer, PostgresServer, query } from '../src/postgres.ts'
import { serverFolder } from '../src/postgres/files.ts'
import { findPrograms, preparePrograms, serverUser } from '../src/postgres/programs.ts'
import { isLong } from '../src/vitest.ts'
import { evaluate } from '../src/run.ts'

afterEach(() => vi.unstubAllEnvs())

const noted = 'SELECT text FROM note ORDER BY text'

describe('a database', () => {
  const missing = missingDatabase()
  beforeEach(({ skip }) => skip(missing !== undefined, missing))

  test('each test has its own, which is gone after it', async () => {
    let gone: string
    {
      await using mine = await createDatabase()
      await using other = await createDatabase()
      gone = mine.url
      await query(mine.url, 'CREATE TABLE note (text text)')
      await expect(query(other.url, 'SELECT * FROM note')).rejects.toThrow('relation "note" does not exist')
      // A connection that is still open does not keep it.
      await connect(mine.url)
    }
    await expect(query(gone, 'SELECT 1')).rejects.toThrow('does not exist')
  })

  test('text is sorted as in the databases that people have', async () => {
    await using mine = await createDatabase()
    expect(await query(mine.url, `SELECT 'a' < 'B' AS sorted`)).toEqual([{ sorted: true }])
  })
})

describe.each(isLong ? majors : (['newest'] as const))('a server of the %s PostgreSQL', (major: Major) => {
  const missing = missingServer(major)
  let server: PostgresServer

  beforeAll(async () => {
    if (missing !== undefined) return
    server = await PostgresServer.start({ major, settings: { max_connections: '20' } })
  })
  afterAll(() => server?.[Symbol.asyncDispose]())
  beforeEach(({ skip }) => skip(missing !== undefined, missing))

  test('what was committed is there after a kill and a start, and what was not is gone', async () => {
    const url = await server.database()
    await query(url, 'CREATE TABLE note (text text)')
    await query(url, `INSERT INTO note VALUES ('committed')`)
    await using open = await connect(url)
    await open.client.query(`BEGIN; INSERT INTO note VALUES ('open')`)
    await server.kill()
    await expect(query(url, noted)).rejects.toThrow('ECONNREFUSED')
    await server.start()
    expect(await query(url, noted)).toEqual([{ text: 'committed' }])
    expect(server.log()).toContain('was not properly shut down; automatic recovery in progress')
  })

  test('its settings change while it runs, and with its next start', async () => {
    const names = `('application_name', 'max_connections', 'fsync')`
    await server.configure({ application_name: `it's a \\ test` })
    const shown = await server.query(`SELECT name, setting FROM pg_settings WHERE name IN ${names} ORDER BY name`)
    expect(shown.map(({ setting }) => setting)).toEqual([`it's a \\ test`, 'on', '20'])
    await server.stop()
    await server.configure({ max_connections: '21' })
    await server.start()
    expect(await server.query('SHOW max_connections')).toEqual([{ max_connections: '21' }])
    expect(server.log().split('was not properly shut down')).toHaveLength(2)
  })

  test('only who has the password is let in', async () => {
    const url = new URL(server.url())
    url.password = 'wrong'
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  test('while it is paused nothing is answered, and then everything', async () => {
    await using other = await createDatabase()
    await using open = await connect(server.url())
    server.pause()
    let isAnswered = false
    const answered = open.client.query('SELECT 1').then(() => (isAnswered = true))
    await query(other.url, 'SELECT pg_sleep(0.2)')
    expect(isAnswered).toBe(false)
    server.resume()
    expect(await answered).toBe(true)
  })

  test('a person may name it, as a role that may create databases', async () => {
    vi.stubEnv('TEST_DATABASE_URL', server.url())
    await using mine = await createDatabase()
    expect(new URL(mine.url).port).toBe(String(server.port))
    await server.query(`CREATE ROLE reader LOGIN PASSWORD 'secret'`)
    const reader = Object.assign(new URL(server.url()), { username: 'reader', password: 'secret' })
    vi.stubEnv('TEST_DATABASE_URL', reader.href)
    await expect(createDatabase()).rejects.toThrow('must be allowed to create databases')
  })
})

describe('a server of its own', () => {
  const missing = missingServer()
  beforeEach(({ skip }) => skip(missing !== undefined, missing))

  test('it is not root, and ends with the program that has started it, even if that is killed', async () => {
    const { stdout } = await evaluate(`
      import { PostgresServer } from '${import.meta.resolve('../src/postgres.ts')}'
      const server = await PostgresServer.start()
      const [{ data_directory }] = await server.query('SHOW data_directory')
      const { statSync, writeSync } = await import('node:fs')
      writeSync(1, JSON.stringify({ url: server.url(), folder: data_directory, uid: statSync(data_directory).uid }))
      process.kill(process.pid, 'SIGKILL')
    `)
    const { url, folder, uid } = JSON.parse(stdout) as { url: string; folder: string; uid: number }
    expect(uid).not.toBe(0)
    const answer = () =>
      query(url, 'SELECT 1').then(
        () => 'it runs',
        (thrown: Error) => thrown.message,
      )
    await expect.poll(answer).toContain('ECONNREFUSED')
    await expect.poll(() => existsSync(folder)).toBe(false)
  })

  test.skipIf(serverUser().uid === undefined)('its programs may lie where only root can go', () => {
    const closed = mkdtempSync(join(tmpdir(), 'closed-'))
    const open = serverFolder()
    onTestFinished(() => [closed, open].forEach((folder) => rmSync(folder, { recursive: true })))
    cpSync(dirname(findPrograms('newest') ?? ''), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    const initdb = join(preparePrograms(join(closed, 'native', 'bin'), open), 'initdb')
    expect(spawnSync(initdb, ['--version'], { ...serverUser(), cwd: open, encoding: 'utf8' }).stdout).toMatch(
      /^initdb \(PostgreSQL\) /,
    )
  })

  test('one that cannot start says why, and leaves nothing', async () => {
    const starting = PostgresServer.start({ settings: { max_connections: 'many' } })
    await expect(starting).rejects.toThrow('invalid value for parameter "max_connections"')
  })

  test('a standby has what the first one had and gets, and takes over when that one is gone', async () => {
    await using first = await PostgresServer.start()
    const url = await first.database()
    await query(url, 'CREATE TABLE note (text text)')
    await query(url, `INSERT INTO note VALUES ('before')`)
    await using second = await first.standby()
    const there = second.url(new URL(url).pathname.slice(1))
    await first.configure({ synchronous_standby_names: '*', synchronous_commit: 'remote_apply' })
    await query(url, `INSERT INTO note VALUES ('during')`)
    expect(await query(there, noted)).toEqual([{ text: 'before' }, { text: 'during' }])
    await expect(query(there, `INSERT INTO note VALUES ('no')`)).rejects.toThrow('in a read-only transaction')
    await first.kill()
    await second.promote()
    await query(there, `INSERT INTO note VALUES ('later')`)
    expect(await query(there, noted)).toEqual([{ text: 'before' }, { text: 'during' }, { text: 'later' }])
  })
})

test('a PgBouncer ends with the program that has started it, even if that is killed', async ({ skip }) => {
  const missing = missingPgBouncer()
  skip(missing !== undefined, missing)
  const { stdout } = await evaluate(`
    import { startPgBouncer } from '${import.meta.resolve('../src/pgbouncer.ts')}'
    const { url } = await startPgBouncer('postgres://somebody:secret@127.0.0.1:1/nowhere', {})
    const { writeSync } = await import('node:fs')
    writeSync(1, url)
    process.kill(process.pid, 'SIGKILL')
  `)
  const answer = () => query(stdout, 'SELECT 1').catch((thrown: Error) => thrown.message)
  await expect.poll(answer).toContain('ECONNREFUSED')
})
