import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as groups from './mutants.ts'
import type { Mutant } from './mutant.ts'

const packageDirectory = join(import.meta.dirname, '../../..')
/** The number of those that run at once. */
const atOnce = 2

/** Puts each fault into a copy of the sources, and runs the world until it has found it: for a minute at most. */
export async function hunt(seed: number, write: (line: string) => void, only = ''): Promise<boolean> {
  const mutants = Object.values(groups)
    .flat()
    .filter(({ breaks, file }) => `${file} ${breaks}`.includes(only))
  const waiting = [...mutants]
  let missed = 0
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const found = await huntOne(mutant, seed)
      if (found === undefined) missed++
      write(`${found === undefined ? 'NOT FOUND' : 'found'}: ${mutant.file}: ${mutant.breaks}\n    ${found ?? ''}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, () => work()))
  write(`${mutants.length} mutants, ${missed} not found`)
  return missed === 0
}

/** @returns what the world said when it had found it */
async function huntOne(mutant: Mutant, seed: number): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'mutant-'))
  try {
    const sources = join(directory, 'src')
    cpSync(join(packageDirectory, 'src'), sources, { recursive: true })
    symlinkSync(join(packageDirectory, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    apply(mutant, sources)
    return await searchIn(sources, seed, mutant.isOfSeveral ? ['--machines', '3'] : [])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function apply({ breaks, file, find, replace }: Mutant, sources: string): void {
  const path = join(sources, file)
  const [before, after, ...more] = readFileSync(path, 'utf8').split(find)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`This mutant applies no more: what it replaces is not found once in ${file} (${breaks})`)
  }
  writeFileSync(path, before + replace + after)
}

function searchIn(sources: string, seed: number, kind: readonly string[]): Promise<string | undefined> {
  const options = ['--sources', sources, '--seed', String(seed), '--minutes', '1', '--no-shrink', ...kind]
  const world = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), ...options])
  let output = ''
  for (const stream of [world.stdout, world.stderr]) stream.on('data', (text) => (output += String(text)))
  // One that turns for ever is found by that.
  const deadline = setTimeout(() => world.kill('SIGKILL'), 90_000)
  return new Promise((resolve) => {
    world.on('close', (code, signal) => {
      clearTimeout(deadline)
      const line = /^after .*$/m.exec(output)?.[0] ?? output.slice(-300)
      resolve(code === 0 ? undefined : signal === null ? line : `it never ended (${signal})`)
    })
  })
}
