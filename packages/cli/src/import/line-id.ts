import { crc32 } from 'node:zlib'

/**
 * Id of a line, the same in every run, so that a line that was in flight at a crash can be known again.
 *
 * @param seed of the options that say how it is read: read in another way it is another event
 */
export function idOfLine(line: number, text: string, digestOfFile: string, seed = 0): string {
  return `${line}-${crc32(text, seed).toString(36)}-${digestOfFile}`
}
