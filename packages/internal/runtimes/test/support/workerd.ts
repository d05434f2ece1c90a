import { hasWorkerd, howToInstall, startWorker } from '@obsidianlaunch/testkit/run-times'
import { type Result, traits } from '../../src/case.ts'
import { casesFor } from '../../src/suite.ts'
import { bundle } from './bundle.ts'
import type { Missing, RunTime } from './run-time.ts'
import { serve } from './scripted-server.ts'

/** Cloudflare's own run time, with the Worker bundled as wrangler does it. */
export function workerd(): RunTime | Missing {
  const name = 'workerd'
  return hasWorkerd ? { name, traits: traits.worker, run } : { name, how: howToInstall }
}

async function run(): Promise<Result[]> {
  await using server = await serve()
  const worker = startWorker(await bundle('main-worker.js', ['workerd', 'worker', 'browser']), { ORIGIN: server.url })
  try {
    const results: Result[] = []
    for (const [index, { name, afterwards }] of casesFor(traits.worker).entries()) {
      let result = await ask(worker, name, `${index}`)
      if (result.error === undefined && afterwards) result = await ask(worker, name, `${index}/afterwards`)
      results.push(result)
    }
    return results
  } finally {
    await worker.dispose()
  }
}

async function ask(worker: ReturnType<typeof startWorker>, name: string, path: string): Promise<Result> {
  const response = await worker.dispatchFetch(`http://worker/${path}`)
  const text = await response.text()
  return response.ok ? (JSON.parse(text) as Result) : { name, error: text }
}
