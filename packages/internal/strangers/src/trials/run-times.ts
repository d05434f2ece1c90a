import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installer } from '../installer.ts'
import { bun, deno, hasWorkerd, howToInstall, startWorker } from '@obsidianlaunch/testkit/run-times'
import { type Bench, bothCalls, mustPrint, type Trial, withApi } from '../trial.ts'

const table = 'Other run times'
const column = 'works'

/** Bundles a Worker and serves one request with it on Cloudflare's run time. */
async function serveOnce(bench: Bench, name: string, flags: string[]): Promise<void> {
  const project = await bench.workshop.project(name)
  await project.succeed(['npm', 'run', 'build'])
  const script = await readFile(join(project.folder, 'dist', 'worker.js'), 'utf8')
  await withApi(bench, bothCalls, async (bindings, arrived) => {
    const worker = startWorker(script, bindings, flags)
    try {
      const response = await worker.dispatchFetch('http://worker/')
      const text = await response.text()
      if (text !== 'tracked') throw new Error(text)
      // What is not awaited is sent after the answer, while `waitUntil` holds the request.
      await arrived()
    } finally {
      await worker.dispose()
    }
  })
}

/** Bun and Deno install by themselves; a Worker is bundled, by hand or by wrangler. */
export const runTimeTrials: Trial[] = [
  started('Bun', 'bun', [bun ?? '', 'run', 'main.ts'], bun),
  started('Deno', 'deno', [deno ?? '', 'run', '--allow-net', '--allow-env', 'main.ts'], deno),
  served('Cloudflare Workers (workerd), bundled by esbuild', 'worker'),
  served('Cloudflare Workers with `nodejs_compat`: a customer in context', 'worker-context', ['nodejs_compat']),
  served('Cloudflare Workers (workerd), bundled by wrangler', 'wrangler'),
]

function started(row: string, name: Installer, command: string[], program: string | undefined): Trial {
  return {
    table,
    row,
    column,
    ...(program === undefined && { missing: howToInstall }),
    run: async (bench) => {
      const project = await bench.workshop.project(name, name)
      await withApi(bench, bothCalls, async (env) => mustPrint(await project.run(command, { env }), { delivered: 2 }))
    },
  }
}

function served(row: string, name: string, flags: string[] = []): Trial {
  const missing = hasWorkerd ? {} : { missing: howToInstall }
  return { table, row, column, long: name === 'wrangler', ...missing, run: (bench) => serveOnce(bench, name, flags) }
}
