import { Readable, type Transform, pipeline } from 'node:stream'
import * as zlib from 'node:zlib'
import { exitCodes, Failure } from '../../terminal/failure.ts'
import { encodingProblem } from '../../terminal/utf8.ts'
import { Bytes } from './bytes.ts'

export type Packing = 'gzip' | 'zstd'

/** Bytes of a file as they were before it was packed. */
export interface Unpacked {
  bytes: Bytes
  packing: Packing | undefined
}

const chunkSize = 256 * 1024

/** Files that are no text, by their first bytes, and what to do about each. */
const others = [
  ['504b0304', 'is a ZIP archive or a spreadsheet. Unpack it, or save the sheet as CSV.'],
  ['d0cf11e0', 'is a spreadsheet. Save it as CSV.'],
  ['425a68', 'is packed by bzip2. Unpack it: bzcat FILE | obsidian-events track --from -'],
  ['fd377a585a', 'is packed by xz. Unpack it: xzcat FILE | obsidian-events track --from -'],
  ['50415231', 'is a Parquet file. Save it as CSV, or as a JSON object a line.'],
  ['4f626a01', 'is an Avro file. Save it as CSV, or as a JSON object a line.'],
  ['53514c69', 'is a SQLite database. Save the table as CSV.'],
] as const

/** Unpacks gzip and zstd, which are known by their first bytes. @throws Failure of what is no text at all */
export async function unpack(file: string, stream: AsyncIterable<Buffer>): Promise<Unpacked> {
  const bytes = new Bytes(stream)
  const { head } = await bytes.peek(({ length }) => length >= 16)
  const start = head.toString('hex', 0, 16)
  const packing = start.startsWith('1f8b') ? 'gzip' : isZstd(start) ? 'zstd' : undefined
  if (packing === undefined) {
    await refuseOthers(file, bytes, start)
    return { bytes, packing }
  }
  const unpacked = new Bytes(through(file, bytes, unpackerOf(file, packing)))
  const { head: first } = await unpacked.peek(({ length }) => length >= 16)
  await refuseOthers(file, unpacked, first.toString('hex', 0, 16))
  return { bytes: unpacked, packing }
}

/** A frame of zstd, or one that is to be skipped, with which pzstd begins. */
function isZstd(start: string): boolean {
  return start.startsWith('28b52ffd') || /^5.2a4d18/.test(start)
}

async function refuseOthers(file: string, bytes: Bytes, start: string): Promise<void> {
  const [, other] = others.find(([magic]) => start.startsWith(magic)) ?? []
  const { head } = await bytes.peek(({ length }) => length >= 16)
  const problem = other ?? encodingProblem(head)
  if (problem !== undefined) throw new Failure(`${file} ${problem}`, exitCodes.failed, 'file')
}

function unpackerOf(file: string, packing: Packing): Transform {
  if (packing === 'gzip') return zlib.createGunzip({ chunkSize })
  // An older Node has none.
  const { createZstdDecompress } = zlib as Partial<typeof zlib>
  if (createZstdDecompress !== undefined) return createZstdDecompress({ chunkSize })
  const advice = 'Unpack it (zstdcat FILE | obsidian-events track --from -), or use Node 22.15 or newer.'
  throw new Failure(`${file} is packed by zstd, which this Node cannot unpack. ${advice}`, exitCodes.failed, 'file')
}

async function* through(file: string, packed: AsyncIterable<Buffer>, unpacker: Transform): AsyncGenerator<Buffer> {
  // A failure comes to whoever reads the other end.
  pipeline(Readable.from(packed), unpacker, () => undefined)
  try {
    for await (const chunk of unpacker) yield chunk as Buffer
  } catch (error) {
    throw packedProblem(file, error) ?? error
  }
}

function packedProblem(file: string, error: unknown): Failure | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (!/^(?:Z_|ZSTD_)/.test(code)) return undefined
  const problem =
    code === 'Z_BUF_ERROR'
      ? 'ends before its packed data does, so it was cut off. Get the whole file.'
      : `is damaged: it cannot be unpacked (${message}). Get the file again.`
  return new Failure(`${file} ${problem}`, exitCodes.failed, 'file')
}
