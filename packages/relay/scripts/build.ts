import { readFile, readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { buildPage } from '@obsidianlaunch/page/build'
import { type Plugin, build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`

/** Puts the files of the operators' page into the package's code, so that it works wherever a bundler puts it. */
const packing: Plugin = {
  name: 'packing',
  setup: (bundler) => {
    bundler.onLoad({ filter: /operate\/page-files\.ts$/ }, async () => {
      const names = await readdir(`${dist}/page`)
      const files = names.map(async (name) => [name, await readFile(`${dist}/page/${name}`, 'utf8')])
      const contents = `const files = ${JSON.stringify(Object.fromEntries(await Promise.all(files)))}
        export const pageFile = (name) => files[name]`
      return { contents, loader: 'js' }
    })
  },
}

await rm(dist, { recursive: true, force: true })
await buildPage(`${root}src/operate/page`, `${dist}/page`)
await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/node.ts', 'src/admin.ts'],
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  packages: 'external',
  external: ['node:*'],
  logLevel: 'warning',
  plugins: [packing],
})
