import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { folderOf, sourceOf } from './packages.ts'

export type Platform = 'browser' | 'node' | 'neutral'

export interface Size {
  minified: number
  gzip: number
}

/** `neutral` is for every run time: the package's `default` condition, nothing of any platform's own. */
const settings: Record<Platform, Pick<BuildOptions, 'platform' | 'mainFields' | 'conditions'>> = {
  browser: { platform: 'browser' },
  node: { platform: 'node' },
  neutral: { platform: 'neutral', mainFields: ['module', 'main'], conditions: ['default'] },
}

/** Measures a program with all that it imports. */
export async function bundleSize(program: string, from: string, platform: Platform): Promise<Size> {
  return sizeOf(await bundleText(program, from, platform))
}

/** The minified bundle of a program with all that it imports. */
export async function bundleText(program: string, from: string, platform: Platform): Promise<string> {
  const { outputFiles } = await bundled(program, folderOf(from), platform)
  return outputFiles[0]?.text ?? ''
}

/** Tells how many bytes of the minified bundle come from which source file of ours or of others. */
export async function bundleParts(program: string, platform: Platform): Promise<Map<string, number>> {
  // What is installed holds all of an entry point in one file.
  const doors = ['@obsidianlaunch/events', '@obsidianlaunch/events-client', '@obsidianlaunch/events-client/core']
  const alias = Object.fromEntries(doors.map((door) => [door, sourceOf(door)]))
  const { metafile } = await bundled(program, folderOf('@obsidianlaunch/events'), platform, alias)
  const [output] = Object.values(metafile.outputs)
  return new Map(Object.entries(output?.inputs ?? {}).map(([file, { bytesInOutput }]) => [file, bytesInOutput]))
}

function bundled(program: string, resolveDir: string, platform: Platform, alias: Record<string, string> = {}) {
  return build({
    stdin: { contents: program, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
    metafile: true,
    alias,
    ...settings[platform],
  })
}

export function sizeOf(bytes: Uint8Array | string): Size {
  return { minified: Buffer.byteLength(bytes), gzip: gzipSync(bytes, { level: 9 }).length }
}
