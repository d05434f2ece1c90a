import { build } from 'esbuild'
import { built } from './built.ts'

/** One module out of built files, as a Worker or a page is given it. */
export async function bundle(name: string, conditions: string[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [built(name)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions,
    write: false,
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
