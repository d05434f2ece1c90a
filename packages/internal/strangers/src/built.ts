import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Checks that code for a browser has no module of Node's, and not the token of the server that built it. */
export async function mustBeForBrowsers(folder: string, token: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const scripts = entries.filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
  if (scripts.length === 0) throw new Error(`There is no code in ${folder}`)
  for (const { parentPath, name } of scripts) {
    const code = await readFile(join(parentPath, name), 'utf8')
    if (code.includes(token)) throw new Error(`${name} has the token in it`)
    const [module] = /["'`]node:\w+["'`]|require\(["'`](fs|http|https|net|crypto|sqlite)["'`]\)/.exec(code) ?? []
    if (module !== undefined) throw new Error(`${name} names ${module}`)
  }
}
