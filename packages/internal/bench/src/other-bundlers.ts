import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { type Size, sizeOf } from './bundle.ts'
import { peersFolder } from './packages.ts'

/** The peers' install has them; their types are not ours to check. */
const peer = createRequire(join(peersFolder, 'package.json'))
const here = fileURLToPath(new URL('..', import.meta.url))

export async function rollupSize(program: string, platform: 'browser' | 'node'): Promise<Size> {
  return withProgram(program, async (input) => {
    const { rollup } = peer('rollup')
    const { nodeResolve } = peer('@rollup/plugin-node-resolve')
    const conditions = platform === 'node' ? ['node'] : ['browser']
    const plugins = [nodeResolve({ exportConditions: conditions, browser: platform === 'browser' })]
    const bundle = await rollup({ input, plugins, logLevel: 'silent' })
    const { output } = await bundle.generate({ format: 'es' })
    const { code } = await transform(output[0].code, { minify: true, format: 'esm' })
    return sizeOf(code)
  })
}

export async function webpackSize(program: string, platform: 'browser' | 'node'): Promise<Size> {
  return withProgram(program, async (entry) => {
    const webpack = peer('webpack')
    const path = dirname(entry)
    const target = platform === 'node' ? 'node20' : 'web'
    const output = { path, filename: 'out.js', library: { type: 'module' }, module: true }
    const config = {
      mode: 'production',
      entry,
      target,
      output,
      experiments: { outputModule: true },
      performance: false,
    }
    await new Promise<void>((resolve, reject) => {
      webpack(config, (error: unknown, stats: { hasErrors(): boolean; toString(): string }) => {
        if (error instanceof Error) reject(error)
        else if (stats.hasErrors()) reject(new Error(stats.toString()))
        else resolve()
      })
    })
    return sizeOf(readFileSync(join(path, 'out.js')))
  })
}

/** A program in a file from which our packages can be found. */
async function withProgram(program: string, use: (file: string) => Promise<Size>): Promise<Size> {
  const folder = mkdtempSync(join(here, 'node_modules', '.bundle-'))
  try {
    const file = join(folder, 'program.js')
    writeFileSync(file, program)
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
