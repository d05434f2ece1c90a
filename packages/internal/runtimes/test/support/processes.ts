import { pathToFileURL } from 'node:url'
import { run } from '@obsidianlaunch/testkit/run'
import { bun, deno, howToInstall, node, type NodeLine, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { type Result, type Trait, traits } from '../../src/case.ts'
import { built } from './built.ts'
import type { Missing, RunTime } from './run-time.ts'
import { serve } from './scripted-server.ts'

/** Arguments with which a run time that is not Node starts the suite, and the programs that the suite starts. */
interface Arguments {
  suite: string[]
  programs: string[]
}

const none: Arguments = { suite: [], programs: [] }
// Where the global fetch is not Node's own, requests go through it and not through the dispatcher below.
const replaceFetch = ['--import', pathToFileURL(built('replace-fetch.js')).href]
const overFetch: Arguments = { suite: replaceFetch, programs: replaceFetch }
const ofBun: Arguments = { suite: ['run'], programs: ['run'] }
// The suite itself starts programs; those have no more rights than the SDK needs.
const ofDeno: Arguments = { suite: ['run', '--allow-all'], programs: ['run', '--allow-net', '--allow-env'] }

/** Node of four lines, each over both of its transports, Bun and Deno: each runs the suite in a process of its own. */
export function processes(): (RunTime | Missing)[] {
  return [...nodeLines.flatMap(overBoth), runTime('Bun', bun, ofBun), runTime('Deno', deno, ofDeno)]
}

function overBoth(line: NodeLine): (RunTime | Missing)[] {
  const program = node(line)
  if (program === undefined) return [runTime(`Node ${line}`, program, none)]
  return [runTime(`Node ${line}`, program, none), runTime(`Node ${line} over fetch`, program, overFetch)]
}

function runTime(name: string, program: string | undefined, args: Arguments): RunTime | Missing {
  if (program === undefined) return { name, how: howToInstall }
  // The line of Node 20 came before SQLite.
  const its = name.startsWith('Node 20') ? traits.processWithoutSqlite : traits.process
  return { name, traits: its, run: () => runProcess(program, its, args) }
}

async function runProcess(program: string, its: readonly Trait[], { suite, programs }: Arguments): Promise<Result[]> {
  await using server = await serve()
  const args = [...suite, built('main-process.js'), server.url, its.join(','), ...programs]
  // Nothing of this process's own may decide what a tracker does there.
  const env = { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
  const { stdout, stderr } = await run(program, args, { env, alone: true, timeoutMs: 400_000 })
  const results = stdout.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text) as Result]))
  if (stderr !== '') results.push({ name: 'stderr', error: stderr })
  return results
}
