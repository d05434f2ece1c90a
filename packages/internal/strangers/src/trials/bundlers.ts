import { join } from 'node:path'
import { mustBeForBrowsers } from '../built.ts'
import { readPage, serveFolder } from '../page.ts'
import { chromium, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { type Bench, bothCalls, type Trial, withApi } from '../trial.ts'

/** Bundles a page without a warning, then opens it in a real browser. */
async function bundleAndOpen(bench: Bench, name: string): Promise<void> {
  const project = await bench.workshop.project(name)
  await withApi(bench, bothCalls, async (env) => {
    await project.succeed(['npm', 'run', 'build'], { env })
    const folder = join(project.folder, 'dist')
    await mustBeForBrowsers(folder, env['EVENT_TRACKING_AUTH_TOKEN'] ?? '')
    await using server = await serveFolder(folder, env)
    const title = await readPage(server.url, `document.title !== 'waiting' && document.title`)
    if (title !== JSON.stringify({ delivered: 2 })) throw new Error(`The page said ${title}`)
  })
}

export const bundlerTrials: Trial[] = ['Vite 8', 'webpack 5', 'rollup 4', 'esbuild 0.28'].map((row) => ({
  table: 'Bundlers',
  row,
  column: 'Chromium',
  missing: chromium === undefined ? howToInstallChromium : undefined,
  run: (bench) => bundleAndOpen(bench, row.split(' ')[0]?.toLowerCase() ?? ''),
}))
