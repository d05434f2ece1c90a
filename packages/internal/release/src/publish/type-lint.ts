import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from './pack.ts'
import { run } from '@obsidianlaunch/testkit/run'

const attw = join(
  dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')),
  'dist/index.js',
)

/** Asks publint and attw, both strict, about a tarball. */
export async function wrongForTools(packed: Packed): Promise<string[]> {
  return [...(await wrongForPublint(packed)), ...(await wrongForAttw(packed))]
}

async function wrongForPublint({ tarball, manifest }: Packed): Promise<string[]> {
  const { buffer } = new Uint8Array(await readFile(tarball))
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
  return messages.map((message) => {
    const told = formatMessage(message, pkg, { color: false }) ?? message.code
    return `${manifest.name} is not what publint expects: ${told.replaceAll(/\s+/g, ' ')}; mend its package.json`
  })
}

async function wrongForAttw({ tarball, manifest }: Packed): Promise<string[]> {
  // ESM alone is what we promise: CommonJS loads it by require(), which attw does not know of.
  const args = [attw, tarball, '--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'ascii']
  const { code, stdout, stderr } = await run(process.execPath, args)
  if (code === 0) return []
  const told = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ').trim()
  return [`${manifest.name} is not what attw expects: ${told}; mend "exports" in its package.json`]
}
