import { type Env, type Result, traits } from './case.ts'
import { casesFor, runCase } from './suite.ts'

/** Runs the suite in a page, against its own origin. */
async function run(): Promise<Result[]> {
  const env: Env = { origin: location.origin, traits: traits.page }
  const results: Result[] = []
  for (const one of casesFor(traits.page)) results.push(await runCase(one, env))
  return results
}

declare const location: { origin: string }

Object.assign(globalThis, { results: run() })
