import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { Ended, Env, Trait } from './case.ts'
import { newFile, newOutbox, removeFiles } from './outbox-file.ts'
import { casesFor, runCase } from './suite.ts'

/**
 * Runs the suite on Node, Bun or Deno, one result a line. Its arguments: where the API is, the traits of this run time, and
 * what comes before a program's path to start it here.
 */
const [origin = '', traits = '', ...before] = process.argv.slice(2)

async function start(program: string, variables: Record<string, string>): Promise<Ended> {
  const args = [...before, ...fileRights(variables), fileURLToPath(new URL('./program.js', import.meta.url)), program]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Less than a case may take, so that no program outlives its case.
    timeout: 50_000,
    killSignal: 'SIGKILL',
  })
  const end = new Promise<Ended['end']>((ended) => child.on('close', (code, signal) => ended(signal ?? code)))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { end: await end, stdout, stderr }
}

/** Deno asks who may touch a file. */
function fileRights({ OUTBOX: outbox }: Record<string, string>): string[] {
  if (outbox === undefined || !('Deno' in globalThis)) return []
  return [`--allow-read=${dirname(outbox)}`, `--allow-write=${dirname(outbox)}`]
}

const env: Env = {
  origin,
  token: 'suite-token',
  traits: traits.split(',') as Trait[],
  start,
  newFile,
  newOutbox,
  inspect: async (value) => inspect(value, { depth: 9, showHidden: true }),
}
for (const one of casesFor(env.traits)) process.stdout.write(`${JSON.stringify(await runCase(one, env))}\n`)
await removeFiles()
