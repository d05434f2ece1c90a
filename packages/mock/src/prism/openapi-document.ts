import { access } from 'node:fs/promises'

/** Reads the operations of an OpenAPI file with Prism's reader; what goes wrong is one line that names the file. */
export async function readOperations<T>(
  file: string | object,
  read: (file: string | object) => Promise<T[]>,
): Promise<T[]> {
  if (typeof file === 'object') return read(file)
  await access(file).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'there is no such file' : oneLine(cause)
    throw new Error(`The OpenAPI document ${file} is missing: ${reason}`, { cause })
  })
  const operations = await read(file).catch((cause: unknown) => {
    // The reader names the file once or twice, as a URL does.
    const reason = oneLine(cause).replace(/^(?:Error parsing \S+: )+/, '')
    throw new Error(`The OpenAPI document ${file} is broken: ${reason}`, { cause })
  })
  if (operations.length === 0) throw new Error(`The OpenAPI document ${file} is broken: it has no operations`)
  return operations
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replaceAll(/\s*\n\s*/g, ' ').replace(/[\s:]+$/, '')
}
