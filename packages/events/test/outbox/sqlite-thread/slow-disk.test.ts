import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { buildShim } from '../../disk/shim.ts'

const program = fileURLToPath(new URL('../../disk/slow-disk.ts', import.meta.url))

test('a disk that stands still does not hold up the event loop: the program goes on, and lets the disk go on', async ({
  skip,
}) => {
  const built = buildShim()
  if ('why' in built) skip(built.why)
  const shim = 'shim' in built ? built.shim : ''
  const directory = mkdtempSync(join(tmpdir(), 'slow-disk-'))
  const env = {
    ...process.env,
    LD_PRELOAD: shim,
    DISK_DIR: directory,
    DISK_TRACE: '/dev/null',
    DISK_HELD: `${directory}-held`,
  }
  try {
    const run = await promisify(execFile)(process.execPath, [program, directory, 'sqlite-thread'], {
      env,
      timeout: 60_000,
    })
    expect(run).toEqual({ stdout: 'went on\n', stderr: '' })
  } finally {
    rmSync(directory, { recursive: true })
    rmSync(`${directory}-held`, { force: true })
  }
})
