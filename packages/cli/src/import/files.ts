import { closeSync, constants, fchmodSync, fdatasync, fstatSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const datasync = promisify(fdatasync)
// Windows has no O_NOFOLLOW: there it adds nothing.
const { O_CREAT, O_APPEND, O_NOFOLLOW } = constants

/** File that this command writes: for its owner alone, and where its name says, not where a link there points. */
export function openOwn(path: string, flags: number): { fd: number; isFile: boolean } {
  const fd = openSync(path, flags | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  const stats = fstatSync(fd)
  if (!stats.isFile()) return { fd, isFile: false }
  if ((stats.mode & 0o077) !== 0) keepPrivate(fd)
  if (stats.size === 0) syncFolder(dirname(path))
  return { fd, isFile: true }
}

function keepPrivate(fd: number): void {
  try {
    fchmodSync(fd, 0o600)
  } catch {
    // Another user's: it stays as that user wants it.
  }
}

/** Keeps the name of a new file over a power loss, where the system can. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(path, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Windows has no such thing.
  }
}

/** Has what was written brought to the disk: one sync at a time, and one more for what was written meanwhile. */
export class Syncing {
  readonly #fd: number
  #isDue = false
  #running: Promise<void> | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  /** @returns a promise that resolves once all that is written by now is on the disk */
  sync(): Promise<void> {
    this.#isDue = true
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#isDue) {
        this.#isDue = false
        await datasync(this.#fd)
      }
    } finally {
      this.#running = undefined
    }
  }
}
