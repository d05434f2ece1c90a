import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import { append, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const fs = createRequire(import.meta.url)('node:fs') as typeof import('node:fs')

afterEach(() => vi.restoreAllMocks())

test('a call is answered also where the disk tells nothing of the files that are open', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  vi.spyOn(fs, 'fstatSync').mockImplementation(() => {
    throw Object.assign(new Error('EIO: i/o error, fstat'), { code: 'EIO' })
  })
  expect(await failureOf(append(outbox, 'a:2'))).toMatchObject({ problem: 'io' })
  vi.restoreAllMocks()
  expect(await append(outbox, 'a:3')).toEqual(['stored'])
})
