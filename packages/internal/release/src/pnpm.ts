import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Circumstances, succeed } from './programs.ts'
import { root } from './workspace.ts'

/** Runs the pnpm that the workspace names, which need not be installed. */
export async function pnpm(args: readonly string[], where: Circumstances = {}): Promise<string> {
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    packageManager: string
  }
  return succeed('npx', ['--prefer-offline', '-y', packageManager, ...args], where)
}
