import { readFile, readdir } from 'node:fs/promises'
import type { Plugin } from 'esbuild'
import { parse } from 'yaml'

/**
 * Packs the files that the sources read from the disk, so that the package works wherever a bundler puts it: in place of each
 * module that reads one stands a module with what is in it.
 */
export function packing(root: string): Plugin {
  const modules: Record<string, () => Promise<string>> = {
    'prism/packaged-document.ts': async () => {
      const document: unknown = parse(await readFile(`${root}../../spec/openapi.yaml`, 'utf8'))
      // A new one each time: Prism changes what it is given.
      return `const text = ${JSON.stringify(JSON.stringify(document))}
        export const packagedDocument = () => JSON.parse(text)`
    },
    'inspector/page-files.ts': async () => {
      const folder = `${root}dist/inspector`
      const names = await readdir(folder)
      const files = names.map(async (name) => [name, await readFile(`${folder}/${name}`, 'utf8')])
      return `const files = ${JSON.stringify(Object.fromEntries(await Promise.all(files)))}
        export const pageFile = (name) => Buffer.from(files[name])`
    },
    'command/version.ts': async () => {
      const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { version: string }
      return `export const version = () => ${JSON.stringify(version)}`
    },
  }
  return {
    name: 'packing',
    setup: (bundler) => {
      for (const [name, contents] of Object.entries(modules)) {
        const filter = new RegExp(`${root}src/${name}`.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
        bundler.onLoad({ filter }, async () => ({ contents: await contents(), loader: 'js' }))
      }
    },
  }
}
