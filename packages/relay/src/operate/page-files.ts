import { readFileSync } from 'node:fs'

/** Reads a file of the page as the last build made it. The build itself packs what they contain in place of this. */
export function pageFile(name: string): string {
  return readFileSync(new URL(`../../dist/page/${name}`, import.meta.url), 'utf8')
}
