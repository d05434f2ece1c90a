import { openRecords, type FormatOptions } from '../../../src/import/formats/open-records.ts'
import type { FileRecord } from '../../../src/import/formats/record.ts'

export interface Read {
  line: number
  fields?: unknown
  problem?: string
}

/** Records of a file that comes in chunks of so many bytes. */
export async function read(
  content: string | Buffer,
  options: FormatOptions = {},
  chunkBytes = 65_536,
): Promise<Read[]> {
  const records: Read[] = []
  for (const { line, fields, problem } of await recordsOf(Buffer.from(content), options, chunkBytes)) {
    if (fields !== undefined) records.push({ line, fields })
    else if (problem !== undefined) records.push({ line, problem })
  }
  return records
}

/** All records, those that are blank too, and only those that are wanted. */
export async function recordsOf(
  content: Buffer,
  options: FormatOptions,
  chunkBytes: number,
  isWanted: (number: number) => boolean = () => true,
): Promise<FileRecord[]> {
  const stream = chunksOf(content, chunkBytes)
  const records = await openRecords({ name: 'the file', path: '-', stream, isSeekable: false }, 'track', options)
  const all: FileRecord[] = []
  for await (const piece of records.pieces(isWanted, undefined)) for (const record of piece) all.push(record)
  return all
}

async function* chunksOf(content: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes)
}
