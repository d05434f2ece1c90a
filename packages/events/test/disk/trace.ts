import { readFileSync } from 'node:fs'

/** One operation that a program asked the disk for, as `shim.c` has recorded it. */
export type Operation =
  | { readonly kind: 'open'; readonly file: number; readonly name: string }
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number }
  | { readonly kind: 'sync'; readonly file: number; readonly fails: boolean }
  | { readonly kind: 'sync-directory' }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'cut'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }

const headLength = 17

export function readTrace(path: string): Operation[] {
  const trace = readFileSync(path)
  const operations: Operation[] = []
  for (let offset = 0; offset + headLength <= trace.length;) {
    const length = trace.readUInt32LE(offset + 13)
    const bytes = trace.subarray(offset + headLength, offset + headLength + length)
    const file = trace.readUInt32LE(offset + 1)
    const at = Number(trace.readBigUInt64LE(offset + 5))
    operations.push(operationOf(String.fromCharCode(trace[offset] ?? 0), file, at, bytes))
    offset += headLength + length
  }
  return operations
}

function operationOf(letter: string, file: number, at: number, bytes: Buffer): Operation {
  const name = bytes.toString('latin1')
  switch (letter) {
    case 'O':
      return { kind: 'open', file, name }
    case 'W':
      return { kind: 'write', file, at, bytes }
    case 'T':
      return { kind: 'truncate', file, size: at }
    case 'S':
      return { kind: 'sync', file, fails: false }
    case 'F':
      return { kind: 'sync', file, fails: true }
    case 'D':
      return { kind: 'sync-directory' }
    case 'U':
      return { kind: 'unlink', name }
    case 'C':
      return { kind: 'cut', name }
    case 'R': {
      const [from = '', to = ''] = name.split('/')
      return { kind: 'rename', name: from, to }
    }
    default:
      throw new Error(`The trace has an operation that nobody knows: ${letter}`)
  }
}
