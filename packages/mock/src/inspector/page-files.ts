import { readFileSync } from 'node:fs'

/** Reads a file of the page as the last build made it. The build itself packs what they contain in place of this. */
export function pageFile(name: string): Buffer {
  return readFileSync(new URL(`../../dist/inspector/${name}`, import.meta.url))
}
