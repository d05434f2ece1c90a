import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { append, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { isRoot } from '../../support/small-disk.ts'

test('a damaged file whose links go round is told, and nothing runs for ever', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1', 'a:2', 'a:3')
  await first.close()
  const db = new DatabaseSync(files.path())
  db.exec('INSERT INTO link (seq, next) VALUES (3, 2)')
  db.close()
  const outbox = files.open()
  expect(await failureOf(outbox.remove(entryOf('a:9')))).toMatchObject({ name: 'OutboxError', problem: 'corrupt' })
  expect(await outbox.remove(entryOf('a:2'))).toBe(true)
})

test('files that others could read are closed to them', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  await first.close()
  closeSync(openSync(files.path('events.db-wal'), 'w'))
  for (const name of readdirSync(files.directory)) chmodSync(files.path(name), 0o644)
  const outbox = files.open()
  await append(outbox, 'a:2')
  const names = readdirSync(files.directory).toSorted()
  expect(names).toEqual(['events.db', 'events.db-owner', 'events.db-shm', 'events.db-wal'])
  for (const name of names) expect([name, statSync(files.path(name)).mode & 0o777]).toEqual([name, 0o600])
  expect(await drain(outbox)).toEqual(['a:1', 'a:2'])
})

/** Runs a program that does something else and then stores one event. @returns what it prints */
function printedBy(path: string, before: string, uid?: number, env: Record<string, string> = {}): string {
  const program = `
    const { sqliteOutbox } = await import(${JSON.stringify(new URL('../../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)})
    // Whatever is loaded late is loaded now.
    await sqliteOutbox(${JSON.stringify(`${path}-first`)}, { ownerTimeoutMs: 0 }).counts().catch(() => undefined)
    ${before}
    const entry = { id: '1', customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: Date.now() }
    const fates = await sqliteOutbox(${JSON.stringify(path)}, { ownerTimeoutMs: 0 }).append([entry]).catch((error) => error)
    process._rawDebug(fates.problem, fates.message ?? fates)`
  const command = ['ulimit -n 200; exec "$0" --input-type=module -e "$1"', process.execPath, program]
  const { stdout, stderr } = spawnSync('sh', ['-c', ...command], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    ...(uid && { uid }),
  })
  return stdout + stderr
}

test('a process with too many open files is told so', async () => {
  await using files = new OutboxFiles()
  const openAll = `
    const { openSync } = await import('node:fs')
    const opens = () => { try { return openSync('/dev/null') } catch { return 0 } }
    while (opens());`
  const printed = printedBy(files.path(), openAll)
  expect(printed).toMatch(/^io .*too many files open/m)
})

/** Below a program: its file system grants no locks, as one that is mounted from elsewhere may not. */
const noLocks = `
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <errno.h>
  #include <fcntl.h>
  #include <stdarg.h>
  #define OVERRIDE(name) int name(int fd, int command, ...) { \\
    va_list given; va_start(given, command); void *argument = va_arg(given, void *); va_end(given); \\
    if (command == F_SETLK || command == F_SETLKW) { errno = ENOLCK; return -1; } \\
    return ((int (*)(int, int, ...))dlsym(RTLD_NEXT, #name))(fd, command, argument); }
  OVERRIDE(fcntl)
  OVERRIDE(fcntl64)`

test.runIf(process.platform === 'linux')(
  'a file system that grants no locks is told as what it is',
  async ({ skip }) => {
    await using files = new OutboxFiles()
    const shim = files.path('no-locks.so')
    const options = { input: noLocks, encoding: 'utf8' } as const
    const { status } = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-o', shim, '-', '-ldl'], options)
    if (status !== 0) skip('this machine has no compiler')
    const printed = printedBy(files.path(), '', undefined, { LD_PRELOAD: shim })
    expect(printed).toMatch(/^io .*its file system grants no locks/m)
  },
)

test.runIf(isRoot)('a file of somebody else that others can read is refused', async () => {
  await using files = new OutboxFiles()
  await append(files.open(), 'a:1')
  chmodSync(files.directory, 0o777)
  for (const name of readdirSync(files.directory)) chmodSync(files.path(name), 0o666)
  const other = files.path('other.db')
  closeSync(openSync(other, 'w', 0o666))
  chmodSync(other, 0o666)
  expect(printedBy(other, '', 65_534)).toMatch(/^read-only .*belongs to another user.*chmod 600/m)
})

test('a path that is too long is told', async () => {
  await using files = new OutboxFiles()
  const long = `${'d'.repeat(200)}/`.repeat(3)
  mkdirSync(files.path(long), { recursive: true })
  for (const name of [`${'e'.repeat(300)}.db`, `${long}events.db`]) {
    const error = await failureOf(append(files.open({}, name), 'a:1'))
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'missing' })
    expect((error as Error).message).toMatch(/path is too long/)
  }
})

test('a directory in the place of the file is told as what it is', async () => {
  await using files = new OutboxFiles()
  mkdirSync(files.path())
  const error = await failureOf(append(files.open(), 'a:1'))
  expect(error).toMatchObject({ problem: 'missing' })
  expect((error as Error).message).toMatch(/is a directory/)
})
