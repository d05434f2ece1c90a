import { crc32 } from 'node:zlib'

/** Id of a line, the same in every run, so that a line that was in flight at a crash can be known again. */
export function idOfLine(line: number, text: string, digestOfFile: string): string {
  return `${line}-${crc32(text).toString(36)}-${digestOfFile}`
}
