import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives the tests a folder for their files that goes with them, in memory where it has space: thousands of small files
 * that are synced and thrown away are what they would wait for most. The long tests have their own on the disk itself.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(hasSpaceInMemory() ? '/dev/shm' : tmpdir(), 'tests-'))
  // As open to other users as the one of the system, for the tests that play them.
  chmodSync(folder, 0o1777)
  if (process.env['LONG'] === undefined) process.env['TMPDIR'] = folder
  // Programs that start again and again do not read and strip their sources each time.
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compiled')
  return () => rmSync(folder, { recursive: true, force: true })
}

/** A container may have little of it, or run no program from it. */
function hasSpaceInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    const runsPrograms = !/^\S+ \/dev\/shm \S+ \S*noexec/m.test(readFileSync('/proc/mounts', 'utf8'))
    return runsPrograms && bavail * bsize > 2 ** 31
  } catch {
    return false
  }
}
