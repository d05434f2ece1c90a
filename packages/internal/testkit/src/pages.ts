import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './workspace.ts'

/** The address at which the documentation site is published. */
export const siteUrl = 'https://obsidianlaunch.github.io/events-typescript/'

const folder = join(root, 'packages', 'internal', 'docs', 'src', 'content', 'docs')

/** Pages that people write, by their places on the site: `guides/outages`. Those that are generated are not among them. */
export function sitePages(): string[] {
  return globSync('**/*.{md,mdx}', { cwd: folder })
    .filter((path) => !/^(?:api|upgrading)\//.test(path))
    .map((path) => path.replace(/(?:(?:^|\/)index)?\.mdx?$/, ''))
    .toSorted()
}

/**
 * The file of a page.
 * @param place where it is on the site: `guides/outages`
 */
export function pageFile(place: string): string {
  const names = [`${place}.md`, `${place}.mdx`, join(place, 'index.md'), join(place, 'index.mdx')]
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`The site has no page ${place}`)
  return found
}

/** The address of that file. */
export const pageOf = (place: string): URL => pathToFileURL(pageFile(place))

/** The Markdown of a page. */
export const textOf = (place: string): string => readFileSync(pageFile(place), 'utf8')
