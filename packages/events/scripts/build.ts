import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'

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
await buildForServers()
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

/**
 * Builds all entry points once more, for servers, so that they share their errors and what else there must be one of. What the
 * index shares with others stands in one file, since Node takes longer to find a file than to read it.
 */
async function buildForServers(): Promise<void> {
  const options = {
    ...common,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [`${name}.node`, file])),
    splitting: true,
    chunkNames: 'node-[hash]',
    platform: 'neutral',
    dropLabels: ['CHECK'],
  } satisfies BuildOptions
  const { metafile } = await build({ ...options, write: false, metafile: true })
  const { imports } = metafile.outputs['dist/index.node.js'] ?? { imports: [] }
  const shared = imports.flatMap(({ path }) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
  const { outdir: _outdir, ...toFile } = common
  await build({
    ...toFile,
    stdin: { contents: shared.map((file) => `export * from './${file}'`).join('\n'), resolveDir: root },
    outfile: 'dist/shared.node.js',
    platform: 'neutral',
    dropLabels: ['CHECK'],
  })
  await build({ ...options, plugins: [importing('./shared.node.js', new Set(shared.map((file) => root + file)))] })
}

/** Imports some modules from a file beside that of the entry point. */
function importing(path: string, modules: ReadonlySet<string>): Plugin {
  return {
    name: 'importing',
    setup: (bundler) => {
      bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path: file, resolveDir }) =>
        modules.has(join(resolveDir, file)) ? { path, external: true } : undefined,
      )
    },
  }
}
