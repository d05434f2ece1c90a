import { type Result, traits } from '../../src/case.ts'
import { casesFor } from '../../src/suite.ts'
import { bundle } from './bundle.ts'
import { howToInstall, matrix } from './places.ts'
import type { Missing, RunTime } from './run-time.ts'
import { serve } from './scripted-server.ts'

/** What is used of miniflare, which need not be installed where this is compiled. */
interface Miniflare {
  dispatchFetch(url: string): Promise<Response>
  dispose(): Promise<void>
}

type MiniflareModule = { Miniflare: new (options: object) => Miniflare }

/** Cloudflare's own run time, with the Worker bundled as wrangler does it. */
export function workerd(): RunTime | Missing {
  const name = 'workerd'
  try {
    matrix.resolve('miniflare')
  } catch {
    return { name, how: howToInstall }
  }
  return { name, traits: traits.worker, run }
}

async function run(): Promise<Result[]> {
  await using server = await serve()
  const { Miniflare } = matrix('miniflare') as MiniflareModule
  const worker = new Miniflare({
    modules: true,
    script: await bundle('main-worker.js', ['workerd', 'worker', 'browser']),
    compatibilityDate: '2026-04-01',
    bindings: { ORIGIN: server.origin },
    cf: false,
  })
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

async function ask(worker: Miniflare, name: string, path: string): Promise<Result> {
  const response = await worker.dispatchFetch(`http://worker/${path}`)
  const text = await response.text()
  return response.ok ? (JSON.parse(text) as Result) : { name, error: text }
}
