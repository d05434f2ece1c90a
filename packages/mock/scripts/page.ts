import { copyFile } from 'node:fs/promises'
import { build } from 'esbuild'

/** Makes the files of the inspector's page: one script and one style sheet, beside what is served as it is. */
export async function buildPage(source: string, target: string): Promise<void> {
  await build({
    entryPoints: { page: `${source}/main.ts`, style: `${source}/page.css` },
    entryNames: '[name]',
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    logLevel: 'warning',
  })
  await Promise.all(['index.html', 'icon.svg'].map((name) => copyFile(`${source}/${name}`, `${target}/${name}`)))
}
