import { copyFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Plugin, build } from 'esbuild'
import { licensesOf } from './licenses.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`

// Parts of Prism that are half of its weight and not needed: made-up answers, since ours come from the document's
// examples, Postman collections, since ours is an OpenAPI document, and a fetch from before Node had one.
const unused: Record<string, string> = {
  '@faker-js/faker': 'export const faker = {}',
  'node-fetch': 'export default globalThis.fetch',
  '@stoplight/http-spec/postman/operation': `export const transformPostmanCollectionOperations = () => {
    throw new Error('it is a Postman collection, not an OpenAPI document')
  }`,
}

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^.]/ }, ({ path }) => (path in unused ? { path, namespace: 'unused' } : undefined))
    bundler.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: unused[path] ?? '' }))
  },
}

await rm(dist, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { index: 'src/index.ts' },
  outdir: dist,
  bundle: true,
  // Prism becomes a chunk of its own, loaded when a mock starts and not when the package is imported.
  splitting: true,
  chunkNames: 'prism-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [withoutUnused],
  // Prism's CommonJS asks for Node's own modules by require, which an ES module does not have.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
})
await copyFile(`${root}../../spec/openapi.yaml`, `${dist}/openapi.yaml`)
await writeFile(`${dist}/licenses.txt`, await licensesOf(Object.keys(metafile.inputs), root))
