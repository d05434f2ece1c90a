import { createHash, randomBytes } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { Failure, exitCodes, fileFailure } from '../terminal/failure.ts'
import { isPipe, isStandardInput, openPipe, standardInput } from '../terminal/pipes.ts'
import type { Shell, ShellParts } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { LineCutter } from './formats/lines.ts'

/** File or stream that the lines come from. */
export interface Source {
  /** Name for messages. */
  name: string
  stream: ShellParts['stdin']
  /** Digest of the lines, as far as it can be known in time: the ids of the events are made of it. */
  digest: string
  /** File that can be read twice. A pipe cannot. */
  file?: { path: string; stats: Stats }
}

const headBytes = 64 * 1024

/** @param path a file, or - for standard input */
export function openSource(shell: Shell, path: string): Source {
  if (isStandardInput(path)) return { name: 'standard input', stream: standardInput(shell), digest: newDigest() }
  try {
    if (isPipe(path)) return { name: plain(path), stream: openPipe(path), digest: newDigest() }
    const fd = openSync(path, 'r')
    const stats = fstatSync(fd)
    if (stats.isDirectory()) {
      closeSync(fd)
      throw new Failure(`${plain(path)} is a directory. Give a file.`, exitCodes.failed, 'file')
    }
    const source = { name: plain(path), stream: createReadStream('', { fd, highWaterMark: 4 * headBytes }) }
    if (!stats.isFile()) return { ...source, digest: newDigest() }
    return { ...source, digest: digestOf(fd, stats), file: { path, stats } }
  } catch (error) {
    throw error instanceof Failure ? error : fileFailure(path, 'read', error)
  }
}

function newDigest(): string {
  return randomBytes(8).toString('hex')
}

/** Digest of the beginning and the size of a file: to read all of it would take as long as to send it. */
function digestOf(fd: number, { size }: Pick<Stats, 'size'>): string {
  const head = Buffer.alloc(Math.min(headBytes, size))
  const length = readSync(fd, head, 0, head.length, 0)
  return createHash('sha256').update(`${size}\n`).update(head.subarray(0, length)).digest('hex').slice(0, 16)
}

/** Blocks of a file that are compared, spread evenly: of a file up to a mebibyte all of it. */
const mostSamples = 16

/** Knows the first `size` bytes of a file again: by their beginning, as ids of events have it, and by samples of the rest. */
export function fingerprint(path: string, size: number): { digest: string; samples: string } {
  const fd = openSync(path, 'r')
  try {
    const hash = createHash('sha256')
    const block = Buffer.alloc(headBytes)
    const last = Math.max(0, size - headBytes)
    for (let sample = 0; sample < mostSamples; sample++) {
      const at = Math.floor((last * sample) / (mostSamples - 1))
      hash.update(block.subarray(0, readSync(fd, block, 0, Math.min(headBytes, size - at), at)))
    }
    return { digest: digestOf(fd, { size }), samples: hash.digest('hex').slice(0, 16) }
  } finally {
    closeSync(fd)
  }
}

/** Text of the line of a file that begins at an offset. */
export function lineAt(path: string, start: number): string {
  const fd = openSync(path, 'r')
  try {
    const cutter = new LineCutter()
    const chunk = Buffer.alloc(headBytes)
    for (let at = start; ;) {
      const length = readSync(fd, chunk, 0, headBytes, at)
      const [line] = length === 0 ? cutter.end(all) : cutter.cut(chunk.subarray(0, length), all)
      if (line !== undefined || length === 0) return line?.text ?? ''
      at += length
    }
  } finally {
    closeSync(fd)
  }
}

const all = () => true
