import { readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Plugin, build } from 'esbuild'
import { licensesOf } from './licenses.ts'
import { packing } from './packing.ts'
import { buildPage } from '@obsidianlaunch/page/build'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`

const replacements: Record<string, string> = {
  // Made-up answers and Postman collections: half of Prism's weight, and not needed, since our answers are the
  // examples of an OpenAPI document.
  '@faker-js/faker': 'export const faker = {}',
  '@stoplight/http-spec/postman/operation': `export const transformPostmanCollectionOperations = () => {
    throw new Error('it is a Postman collection, not an OpenAPI document')
  }`,
  // Both would make newer Nodes print a deprecation warning. The body of `resolve` is what Node's manual advises.
  'node-fetch': 'export default globalThis.fetch',
  url: `export * from 'node:url'
    export const resolve = (from, to) => {
      const { href, protocol, pathname, search, hash } = new URL(to, new URL(from, 'resolve://'))
      return protocol === 'resolve:' ? pathname + search + hash : href
    }`,
}

const replacing: Plugin = {
  name: 'replacing',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^.]/ }, ({ path }) =>
      path in replacements ? { path, namespace: 'replacement' } : undefined,
    )
    bundler.onLoad({ filter: /.*/, namespace: 'replacement' }, ({ path }) => ({ contents: replacements[path] ?? '' }))
  },
}

// Prism's CommonJS asks for Node's own modules by require, which an ES module does not have. One of our own by that name would
// be a second one where the package is bundled or transformed to CommonJS.
const builtIns: Plugin = {
  name: 'built-in modules',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'built-in' } : undefined,
    )
    bundler.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}

await rm(dist, { recursive: true, force: true })
await buildPage(`${root}src/inspector/page`, `${dist}/inspector`)
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    index: 'src/index.ts',
    vitest: 'src/vitest.ts',
    jest: 'src/jest.ts',
    command: 'src/command/command.ts',
    bin: 'src/bin.ts',
  },
  external: ['vitest'],
  outdir: dist,
  bundle: true,
  // Prism becomes a chunk of its own, loaded when a mock starts and not when the package is imported.
  splitting: true,
  chunkNames: 'part-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // Half the size, and a third less time until the command answers; names stay, for readable stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  logLevel: 'warning',
  plugins: [replacing, builtIns, packing(root)],
  // One of Prism's ES modules looks for a CommonJS `module`, which is there when a test runner wraps this file.
  define: { module: 'undefined' },
})
// esbuild has an entry import every chunk that its chunks import, for side effects; there are none.
for (const file of Object.keys(metafile.outputs)) {
  const text = await readFile(`${root}${file}`, 'utf8')
  await writeFile(`${root}${file}`, text.replaceAll(/import"\.\/part-\w+\.js";/g, ''))
}
await writeFile(`${dist}/licenses.txt`, await licensesOf(Object.keys(metafile.inputs), root))
