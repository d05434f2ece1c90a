import { constants, fstatSync, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { exitCodes, Failure } from './failure.ts'
import type { Shell } from './shell.ts'

/** Tells standard input by any of its names. */
export function isStandardInput(path: string): boolean {
  return path === '-' || path === '/dev/stdin' || numberIn(path) === 0
}

/** Standard input. @throws Failure where it is a directory, which would look as if it were empty */
export function standardInput(shell: Pick<Shell, 'stdin'>): Shell['stdin'] {
  if (isDirectory(0)) throw new Failure('Standard input is a directory. Give a file.', exitCodes.failed, 'file')
  return shell.stdin
}

function isDirectory(fd: number): boolean {
  try {
    return fstatSync(fd).isDirectory()
  } catch {
    // Closed: it is empty.
    return false
  }
}

/** Tells a pipe with a name, or one that the shell passes as `/dev/fd/63` for `<(command)`. */
export function isPipe(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFIFO() === true
}

/** Opens such a pipe so that a stop ends it, whether or not somebody writes: reading it as a file would hold up the process. */
export function openPipe(path: string): Socket {
  const fd = numberIn(path) ?? openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/** The number of the descriptor that a path names. */
export function numberIn(path: string): number | undefined {
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,4})$/.exec(path) ?? []
  return digits === undefined ? undefined : Number(digits)
}
