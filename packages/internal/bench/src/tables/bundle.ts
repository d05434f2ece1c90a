import { bundleSize, type Size } from '../bundle.ts'
import { contenders } from '../contenders/index.ts'
import { rollupSize, webpackSize } from '../other-bundlers.ts'
import { browserOutbox, oneCall, onePage, whole } from '../programs.ts'
import type { Benchmark } from '../table.ts'

const kB = (bytes: number) => (bytes / 1_000).toFixed(2)
const cells = ({ minified, gzip }: Size) => [kB(minified), kB(gzip)]

async function rowsOfOurs(name: string): Promise<string[][]> {
  const rows: string[][] = []
  for (const [what, program] of [
    ['whole', whole(name)],
    ['one call', oneCall[name] ?? ''],
  ] as const) {
    rows.push([`${name}, ${what}`, 'esbuild', 'neutral', ...cells(await bundleSize(program, name, 'neutral'))])
    for (const platform of ['browser', 'node'] as const) {
      rows.push([`${name}, ${what}`, 'esbuild', platform, ...cells(await bundleSize(program, name, platform))])
      rows.push([`${name}, ${what}`, 'rollup', platform, ...cells(await rollupSize(program, platform))])
      rows.push([`${name}, ${what}`, 'webpack', platform, ...cells(await webpackSize(program, platform))])
    }
  }
  return rows
}

export const bundle: Benchmark = {
  name: 'bundle',
  async run() {
    const rows: string[][] = []
    for (const { kind, package: name } of Object.values(contenders)) {
      if (name === undefined) continue
      if (kind === 'ours') rows.push(...(await rowsOfOurs(name)))
      else rows.push([name, 'esbuild', 'node', ...cells(await bundleSize(whole(name), name, 'node'))])
    }
    const page = await bundleSize(onePage, '@obsidianlaunch/events', 'browser')
    rows.push(['a page: one call, browser condition', 'esbuild', 'browser', ...cells(page)])
    const ofBrowser = await bundleSize(whole(browserOutbox), '@obsidianlaunch/events', 'browser')
    rows.push([`${browserOutbox}, whole`, 'esbuild', 'browser', ...cells(ofBrowser)])
    return {
      title: 'Bundles',
      note: 'With all dependencies, in kB (1,000 bytes). Neutral is what runs everywhere, with nothing of a platform in it.',
      head: ['', 'bundler', 'platform', 'minified', 'gzip'],
      rows,
    }
  },
}
