import { crc32 } from 'node:zlib'

/** The same line has the same id in every run, so that one that was on its way at a crash can be known again. */
export function idOfLine(line: number, text: string, digestOfFile: string): string {
  return `${line}-${crc32(text).toString(36)}-${digestOfFile}`
}

/** The number of the line that the id is for. */
export function lineOfId(id: string): number {
  return Number.parseInt(id, 10)
}
