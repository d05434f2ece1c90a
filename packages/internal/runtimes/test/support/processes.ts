import { execFile, execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { type Result, type Trait, traits } from '../../src/case.ts'
import { built, howToInstall, installedProgram, programsOfTheMachine } from './places.ts'
import type { Missing, RunTime } from './run-time.ts'
import { serve } from './scripted-server.ts'

/** How a run time that is not Node starts the suite, and how the programs that the suite starts. */
interface Arguments {
  suite: string[]
  programs: string[]
}

const none: Arguments = { suite: [], programs: [] }
// Where the global fetch is not Node's own, requests go through it and not through the dispatcher below.
const replaceFetch = ['--import', pathToFileURL(built('replace-fetch.js')).href]
const overFetch: Arguments = { suite: replaceFetch, programs: replaceFetch }
const bun: Arguments = { suite: ['run'], programs: ['run'] }
// The suite itself starts programs; those have no more rights than the SDK needs.
const deno: Arguments = { suite: ['run', '--allow-all'], programs: ['run', '--allow-net', '--allow-env'] }

/** Node of four lines, each over both of its transports, Bun and Deno: each runs the suite in a process of its own. */
export function processes(): (RunTime | Missing)[] {
  const line = Number(process.versions.node.split('.')[0])
  const others = [20, 22, 24, 26].filter((other) => other !== line)
  return [
    ...overBoth(line, process.execPath),
    ...others.flatMap((other) => overBoth(other, findNode(other))),
    runTime('Bun', installedProgram('@oven/bun-linux-x64/bin/bun') ?? programsOfTheMachine('bun')[0], bun),
    runTime('Deno', installedProgram('@deno/linux-x64-glibc/deno') ?? programsOfTheMachine('deno')[0], deno),
  ]
}

function overBoth(line: number, node: string | undefined): (RunTime | Missing)[] {
  if (node === undefined) return [runTime(`Node ${line}`, node, none)]
  return [runTime(`Node ${line}`, node, none), runTime(`Node ${line} over fetch`, node, overFetch)]
}

/** Of `install:all`, else the machine's own where it is of that line. */
function findNode(line: number): string | undefined {
  const isOfThatLine = (node: string) => execFileSync(node, ['--version'], { encoding: 'utf8' }).startsWith(`v${line}.`)
  return installedProgram(`node${line}/bin/node`) ?? programsOfTheMachine('node').find(isOfThatLine)
}

function runTime(name: string, program: string | undefined, args: Arguments): RunTime | Missing {
  if (program === undefined) return { name, how: howToInstall }
  // The line of Node 20 came before SQLite.
  const its = name.startsWith('Node 20') ? traits.processWithoutSqlite : traits.process
  return { name, traits: its, run: () => runProcess(program, its, args) }
}

async function runProcess(program: string, its: readonly Trait[], { suite, programs }: Arguments): Promise<Result[]> {
  await using server = await serve()
  const args = [...suite, built('main-process.js'), server.origin, its.join(','), ...programs]
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((ended) => {
    execFile(program, args, { env: environment(), timeout: 400_000 }, (_, out, err) =>
      ended({ stdout: out, stderr: err }),
    )
  })
  const results = stdout.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text) as Result]))
  if (stderr !== '') results.push({ name: 'stderr', error: stderr })
  return results
}

/** Nothing of this process's own may decide what a tracker does there. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
}
