import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import type { OutboxError } from '../../../src/errors/errors.ts'
import { append, claim, delivered, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { hold } from '../../support/other-owner.ts'

const fs = createRequire(import.meta.url)('node:fs') as typeof import('node:fs')

afterEach(() => vi.restoreAllMocks())

test('an outbox whose directory the program copies ends once another process has taken it over', async () => {
  await using files = new OutboxFiles()
  mkdirSync(files.path('data'))
  const outbox = files.open({}, 'data/events.db')
  await append(outbox, 'a:1', 'b:1')
  const lent = await claim(outbox)
  cpSync(files.path('data'), files.path('copy'), { recursive: true })
  const other = await hold(files.path('data/events.db'), 'c:1')
  const error = (await failureOf(append(outbox, 'a:2'))) as OutboxError
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'moved', retryable: false })
  expect(error.message).toMatch(/taken over by another tracker.*never open or copy .* in the program that owns/)
  // It delivers and records nothing more: the other one does.
  expect(await failureOf(claim(outbox))).toMatchObject({ problem: 'moved' })
  expect(await failureOf(delivered(outbox, ...lent))).toMatchObject({ problem: 'moved' })
  await outbox.close()
  expect(await other.append('c:2')).toBe('stored')
  await other.kill()
  expect(await drain(files.open({}, 'data/events.db'))).toEqual(['a:1', 'b:1', 'c:1', 'c:2'])
})

test('an outbox whose sign of ownership was removed ends, and the one that came after it goes on', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  rmSync(files.path('events.db-owner'))
  const next = files.open()
  expect(await append(next, 'a:2')).toEqual(['stored'])
  for (const call of [append(outbox, 'a:3'), claim(outbox), outbox.forget('a')]) {
    const error = (await failureOf(call)) as OutboxError
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'moved' })
    expect(error.message).toContain(files.path('events.db-owner'))
  }
  await outbox.close()
  expect(await append(next, 'a:4')).toEqual(['stored'])
  expect(await drain(next)).toEqual(['a:1', 'a:2', 'a:4'])
})

test('an outbox that lost its log is not written over what a later owner has left', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  copyFileSync(files.path(), files.path('copy.db'))
  for (const end of ['-wal', '-shm', '-owner']) rmSync(files.path() + end)
  const other = await hold(files.path(), 'b:1', 'b:2')
  await other.close()
  expect(readdirSync(files.directory)).not.toContain('events.db-wal')
  const error = (await failureOf(append(outbox, 'a:2'))) as OutboxError
  expect(error).toMatchObject({ problem: 'moved' })
  expect(error.message).toContain(files.path('events.db-rescued-1'))
  await outbox.close()
  expect(await drain(files.open())).toEqual(['b:1', 'b:2'])
  expect(await drain(files.open({}, 'events.db-rescued-1'))).toEqual(['a:1'])
})

test('a file with a second name is refused: nobody could know that both are one outbox', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  await outbox.close()
  linkSync(files.path(), files.path('other.db'))
  const error = (await failureOf(append(files.open({}, 'other.db'), 'a:2'))) as Error
  expect(error).toMatchObject({ name: 'ConfigurationError' })
  expect(error.message).toMatch(/other\.db.*hard link.*Remove/)
  rmSync(files.path('other.db'))
  expect(await drain(files.open())).toEqual(['a:1'])
})

test.each([
  ['NFS', 0x6969],
  ['SMB', 0x517b],
  ['CIFS', 0xff534d42],
  ['CIFS', 0xff534d42 | 0],
  ['SMB2', 0xfe534d42],
  ['9p', 0x01021997],
])('a file on %s (%d) is refused by name, unless it is allowed, and nothing is made there', async (name, type) => {
  await using files = new OutboxFiles()
  vi.spyOn(fs, 'statfsSync').mockImplementation((() => ({ type })) as never)
  vi.spyOn(process, 'platform', 'get').mockReturnValue('linux')
  const error = (await failureOf(append(files.open(), 'a:1'))) as Error
  expect(error).toMatchObject({ name: 'ConfigurationError' })
  expect(error.message).toContain(`is on ${name}, `)
  expect(error.message).toMatch(/locks.*local disk.*allowNetworkFileSystem/)
  expect(readdirSync(files.directory)).toEqual([])
  expect(await append(files.open({ allowNetworkFileSystem: true }), 'a:1')).toEqual(['stored'])
})

test.each([
  ['fuse.sshfs', 'refused', expect.stringContaining('is on fuse.sshfs, ')],
  ['fuse.fuse-overlayfs', 'used', ['stored']],
  ['fuseblk', 'used', ['stored']],
])('of the file systems in user space, %s is %s', async (kind, _, expected) => {
  await using files = new OutboxFiles()
  vi.spyOn(fs, 'statfsSync').mockImplementation((() => ({ type: 0x65735546 })) as never)
  vi.spyOn(process, 'platform', 'get').mockReturnValue('linux')
  const { readFileSync } = fs
  vi.spyOn(fs, 'readFileSync').mockImplementation(((path: string, ...rest: never[]) =>
    path === '/proc/self/mountinfo'
      ? `1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / ${files.directory.replaceAll(' ', '\\040')} rw - ${kind} x rw\n`
      : readFileSync(path, ...rest)) as never)
  const outcome = await append(files.open(), 'a:1').catch((error: Error) => error.message)
  expect(outcome).toEqual(expected)
})
