import { fstatSync, ftruncateSync, writeSync } from 'node:fs'

/**
 * Appends all of the text, or nothing: the system may take it in pieces, the last of which is where a full disk is told.
 */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written)
  } catch (error) {
    // Half a line would spoil the next one.
    if (written > 0) ftruncateSync(fd, fstatSync(fd).size - written)
    throw error
  }
}
