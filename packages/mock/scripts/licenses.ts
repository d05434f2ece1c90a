import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

interface Manifest {
  name: string
  version: string
  license?: string | { type: string }
}

/** The licences of the packages that bundled files came from, sorted by name, with their texts. */
export async function licensesOf(inputs: readonly string[], root: string): Promise<string> {
  const folders = new Set(inputs.map((input) => packageFolder(resolve(root, input))).filter((found) => found !== null))
  const entries = await Promise.all([...folders].map(entryOf))
  const intro = 'The files in this folder contain code of the following packages, under the licences given here.'
  return [intro, ...new Set(entries.toSorted())].join(`\n\n${'-'.repeat(80)}\n`)
}

function packageFolder(file: string): string | null {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(file)?.[0] ?? null
}

async function entryOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).toSorted()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const kind = typeof license === 'object' ? license.type : (license ?? 'see the text')
  return [`${name} ${version} (${kind})`, ...texts.map((text) => text.trim())].join('\n\n')
}
