import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

/** Makes the files of a page: one script and one style sheet, beside what is served as it is. */
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
  await copyFile(`${source}/icon.svg`, `${target}/icon.svg`)
  const html = await readFile(`${source}/index.html`, 'utf8')
  // Nothing in it is set as it stands, so that its indentation is for us alone.
  await writeFile(`${target}/index.html`, html.replaceAll(/\s+/g, ' '))
}
