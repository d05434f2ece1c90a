import { Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Payload } from './reply.ts'

/** Text of an answer, as far as it is kept and looked at. */
export interface AnswerText {
  text: string
  /** True if the body goes on after that. */
  isCut: boolean
}

/** Number of bytes of a body that are looked at. A megabyte on the wire may be a gigabyte when it is decompressed. */
export const maxText = 8 * 1024 * 1024

const unpackers: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

/** Reads the text of a body, decompressed; a body that cannot be decompressed is shown as it is. */
export async function textOf({ headers, body }: Payload): Promise<AnswerText> {
  if (typeof body === 'string') return { text: body, isCut: false }
  const unpack = unpackers.get(String(headers['content-encoding']).toLowerCase())
  const bytes = unpack === undefined ? body : await beginning(body, unpack()).catch(() => body)
  return { text: bytes.subarray(0, maxText).toString(), isCut: bytes.length > maxText }
}

/** Decompresses until there is more than is looked at. */
async function beginning(body: Buffer, unpacker: Transform): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of Readable.from([body]).pipe(unpacker) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxText) break
  }
  return Buffer.concat(chunks)
}
