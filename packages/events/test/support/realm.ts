import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { root } from '@obsidianlaunch/testkit/workspace'
import { build } from 'esbuild'

export type Sdk = typeof import('../../src/index.ts')

/** The code of the SDK as the condition `default` (everywhere) or `node` loads it, in one script. */
export async function sdkFor(condition: 'everywhere' | 'node'): Promise<string> {
  const source = join(root, 'packages')
  const core = condition === 'node' ? 'core.node.ts' : 'core.ts'
  const { outputFiles } = await build({
    entryPoints: [join(source, 'events/src/index.ts')],
    alias: { '@obsidianlaunch/events-client/core': join(source, 'client/src', core) },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sdk',
    platform: 'neutral',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}

/** Imports the SDK where there are only the language and these globals. */
export function importIn(globals: object, code: string): Sdk {
  const context = createContext(globals)
  runInContext(code, context)
  return (context as { sdk: Sdk }).sdk
}

/** The globals of a run time that has all that a tracker can use. `sent` has what its fetch was given. */
export function everything() {
  const sent: unknown[] = []
  const fetch = (...request: unknown[]) => {
    sent.push(request)
    return Promise.resolve(Response.json({}))
  }
  const { setTimeout, clearTimeout, setImmediate, performance, crypto, AbortController, URL, console } = globalThis
  const { AbortSignal, Headers, Request, Response, TextDecoder } = globalThis
  const process = { env: {}, emitWarning: () => undefined }
  const timers = { setTimeout, clearTimeout, setImmediate, performance }
  const web = { crypto, AbortController, AbortSignal, URL, Headers, Request, Response, TextDecoder, fetch }
  return { sent, globals: { ...timers, ...web, console, process } as Record<string, unknown> }
}
