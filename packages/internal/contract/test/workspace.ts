import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'

export const contract = resolve(import.meta.dirname, '..')
export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/**
 * A new folder inside this package, so that what lies in it finds the workspace's packages by name. It is another one
 * each time, so that two runs of the tests do not disturb each other; who asks for it removes it.
 */
export async function scratch(name: string): Promise<string> {
  await mkdir(join(contract, '.scratch'), { recursive: true })
  return mkdtemp(join(contract, '.scratch', `${name}-`))
}

/** Compiles every .ts file of a scratch folder with the workspace's own strictness; gives the compiler's complaints. */
export async function typecheck(folder: string, compilerOptions: object = {}): Promise<string> {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, typeRoots: [join(root, 'node_modules', '@types')], ...compilerOptions },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return (await run(process.execPath, [tsc, '-p', folder])).stdout
}
