import type { Transform } from 'node:stream'
import { ResponseBody } from './bodies.ts'

/** The most codings that the platform's fetch undoes. */
const mostCodings = 5

/**
 * The body as it was before a server compressed it, although it had not been asked to: in the codings that the platform's
 * fetch knows. One in any other coding is given as it came, since what counts is the status before it.
 */
export function decodedBody(raw: ResponseBody, contentEncoding: string): ResponseBody {
  try {
    const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase())
    // The last one was applied last.
    const decoders = codings.length > mostCodings ? [] : codings.toReversed().map(decoderOf)
    return decoders.length > 0 && decoders.every((decoder) => decoder !== undefined) ? through(raw, decoders) : raw
  } catch {
    // A run time without these modules.
    return raw
  }
}

function through(raw: ResponseBody, decoders: Transform[]): ResponseBody {
  const { pipeline, Readable } = process.getBuiltinModule('node:stream')
  const source = Readable.fromWeb(raw.stream() as Parameters<typeof Readable.fromWeb>[0])
  const last = decoders.at(-1) as Transform
  const body = new ResponseBody({ resume: () => last.resume(), abort: (reason) => raw.abort(reason) })
  last.on('data', (chunk: Uint8Array) => {
    if (!body.push(chunk)) last.pause()
  })
  last.on('end', () => body.end())
  pipeline([source, ...decoders], (error) => {
    // Without one this says only that all was written, and not that all was read.
    if (error) body.fail(raw.hasFailed ? raw.failure : new TypeError('terminated', { cause: error }))
  })
  return body
}

/** A decoder of the coding; undefined for one that is not known here. A body that is cut gives what has come of it. */
function decoderOf(coding: string): Transform | undefined {
  const zlib = process.getBuiltinModule('node:zlib')
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH })
    case 'deflate':
      return inflater()
    case 'br':
      return zlib.createBrotliDecompress({ flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH })
    case 'zstd':
      // Since Node 22.15.
      return (zlib as Partial<typeof zlib>).createZstdDecompress?.()
    default:
      return undefined
  }
}

/** The low half of the first byte where there is a zlib header (RFC 1950, section 2.2). Servers leave it out, too. */
const deflateMethod = 8

/** A decoder of either form, which the first byte tells. */
function inflater(): Transform {
  const zlib = process.getBuiltinModule('node:zlib')
  const { Transform } = process.getBuiltinModule('node:stream')
  const flush = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
  let inner: Transform | undefined
  const outer = new Transform({
    transform(chunk: Uint8Array, encoding, done) {
      inner ??= start(
        ((chunk[0] ?? 0) & 15) === deflateMethod ? zlib.createInflate(flush) : zlib.createInflateRaw(flush),
      )
      inner.write(chunk, encoding, done)
    },
    final(done) {
      if (inner === undefined) return done()
      inner.once('end', done)
      inner.end()
    },
    destroy(error, done) {
      inner?.destroy()
      done(error)
    },
  })
  const start = (decoder: Transform) =>
    decoder.on('data', (chunk) => outer.push(chunk)).on('error', (error) => outer.destroy(error))
  return outer
}
