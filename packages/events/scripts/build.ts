import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = {
  index: 'src/index.ts',
  context: 'src/context.ts',
  indexeddb: 'src/outbox/indexeddb/indexeddb.ts',
  opentelemetry: 'src/opentelemetry/opentelemetry.ts',
  'outbox-kit': 'src/outbox/kit/kit.ts',
  sqlite: 'src/outbox/sqlite/sqlite.ts',
  'sqlite-thread': 'src/outbox/sqlite-thread/sqlite-thread.ts',
  vendors: 'src/vendors/vendors.ts',
}
const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  packages: 'external',
  external: ['node:*'],
  logLevel: 'warning',
} satisfies BuildOptions

await rm(`${root}dist`, { recursive: true, force: true })
// For pages and wherever else nobody can listen to channels.
await build({
  ...common,
  entryPoints: entries,
  splitting: true,
  chunkNames: 'shared-[hash]',
  platform: 'neutral',
  dropLabels: ['CHECK', 'SERVER'],
})
// For servers. All entry points are built once more, so that they share their errors and what else there must be one of.
await build({
  ...common,
  entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [`${name}.node`, file])),
  splitting: true,
  chunkNames: 'node-[hash]',
  platform: 'neutral',
  dropLabels: ['CHECK'],
})
await build({
  ...common,
  entryPoints: { 'sqlite-worker': 'src/outbox/sqlite-thread/worker.ts' },
  platform: 'node',
  dropLabels: ['CHECK'],
})

// Where nothing of a chunk is used, esbuild still imports it for its order, of which bundlers warn. None does anything by itself.
for (const file of await readdir(`${root}dist`)) {
  if (!file.endsWith('.js')) continue
  const text = await readFile(`${root}dist/${file}`, 'utf8')
  await writeFile(`${root}dist/${file}`, text.replaceAll(/^import "\.\/[\w-]+\.js";\n/gm, ''))
}
