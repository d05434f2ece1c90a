import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docs } from '../site/repository.ts'

/** The folder of the built site. */
export const dist = join(docs, 'dist')
/** The path at which it is published. */
export const base = '/events-typescript/'

if (!existsSync(dist)) throw new Error('The site is not built: run `npm run docs` first.')

/** Addresses of all its pages, as a browser names them: `/events-typescript/start/`. */
export const addresses = globSync('**/*.html', { cwd: dist })
  .map((path) => base + path.replace(/(?:^|(?<=\/))index\.html$/, ''))
  .toSorted()

/** The file that is served at an address; undefined where there is none. */
export function fileAt(address: string): string | undefined {
  if (!address.startsWith(base)) return undefined
  const path = join(dist, decodeURIComponent(address.slice(base.length)))
  return [join(path, 'index.html'), path].find((file) => existsSync(file) && !file.endsWith('/'))
}

/** The HTML of a page. */
export const htmlAt = (address: string): string => readFileSync(fileAt(address) ?? '', 'utf8')
