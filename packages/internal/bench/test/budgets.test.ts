import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { printed } from '@obsidianlaunch/testkit/run'
import { expect, test } from 'vitest'
import { entryOf } from '../src/packages.ts'

const events = '@obsidianlaunch/events'
const here = fileURLToPath(new URL('..', import.meta.url))

/** The packages that an install brings, by the folders that their manifests lie in. */
function installed(manifest: string, seen = new Set<string>()): Set<string> {
  if (seen.has(manifest)) return seen
  seen.add(manifest)
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: Record<string, string> }
  for (const name of Object.keys(dependencies)) installed(manifestOf(name, manifest), seen)
  return seen
}

/** Found by walking up, since a package may not export its manifest. */
function manifestOf(name: string, from: string): string {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const manifest = join(folder, name, 'package.json')
    try {
      readFileSync(manifest)
      return manifest
    } catch {
      continue
    }
  }
  throw new Error(`${name} is not installed for ${from}`)
}

test('an install of the SDK brings no more than five packages', () => {
  expect(installed(manifestOf(events, join(here, 'package.json'))).size).toBeLessThanOrEqual(5)
})

test('an import of the SDK reads no more than eight files', async () => {
  // Finding a file costs Node more than what is in it.
  const script = `
    import { registerHooks } from 'node:module'
    const files = new Set()
    registerHooks({ load: (url, context, next) => (url.startsWith('file:') && files.add(url), next(url, context)) })
    await import('${pathToFileURL(entryOf(events, 'node')).href}')
    console.log(files.size)`
  const files = await printed(script)
  expect(files).toBeGreaterThan(0)
  expect(files).toBeLessThanOrEqual(8)
})

/** Runs a program in a process of its own, with `EventTracker` in scope. @returns what it printed, parsed */
function inProcess(program: string): Promise<unknown> {
  const address = pathToFileURL(entryOf(events, 'node')).href
  return printed(`const { EventTracker } = await import('${address}')\n${program}`)
}

test('before the first event is sent nothing of the platform is loaded, and no timer or request exists', async () => {
  const loaded = await inProcess(`
    const dispatchers = () => [1, 2].filter((n) => globalThis[Symbol.for('undici.globalDispatcher.' + n)] !== undefined)
    new EventTracker({ token: 'secret', baseUrl: 'http://127.0.0.1:9' })
    console.log(JSON.stringify([dispatchers(), process.getActiveResourcesInfo()]))`)
  expect(loaded).toEqual([[], []])
})

test('a call that nobody awaits makes no promise', async () => {
  const promises = await inProcess(`
    import { createHook } from 'node:async_hooks'
    let promises = 0
    const hook = createHook({ init: (id, type) => { if (type === 'PROMISE') promises++ } })
    const tracker = new EventTracker({ token: 'secret', baseUrl: 'http://127.0.0.1:9', maxRetries: 0, onError() {} })
    tracker.trackEvent('user123', 'first')
    hook.enable()
    for (let n = 0; n < 1_000; n++) tracker.trackEvent('user123', 'x')
    hook.disable()
    console.log(promises)
    process.exit()`)
  expect(promises).toBe(0)
})

/** A server, and `send(count)`, which resolves when so many events were delivered. */
const delivering = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const baseUrl = 'http://127.0.0.1:' + server.address().port
  let ended, left = 0, toSend = 0
  const next = () => { toSend--; tracker.trackEvent('user' + toSend, 'x') }
  const onDelivered = () => {
    if (toSend > 0) next()
    if (--left === 0) ended()
  }
  const tracker = new EventTracker({ token: 'secret', baseUrl, onDelivered })
  const send = (count) => new Promise((resolve) => {
    ended = resolve
    left = toSend = count
    for (let n = 0; n < 32; n++) next()
  })
  await send(100)`

test('an event from its call to its end makes no more than 6 promises', async () => {
  const promises = await inProcess(`${delivering}
    import { createHook } from 'node:async_hooks'
    let promises = 0
    const hook = createHook({ init: (id, type) => { if (type === 'PROMISE') promises++ } }).enable()
    await send(200)
    hook.disable()
    console.log(promises / 200)
    process.exit()`)
  expect(promises).toBeLessThan(7)
})

test('what an event needed is gone with it, and does not wait for a full garbage collection', async () => {
  // The server is in the same process: some of what outlives is its own.
  const bytes = await inProcess(`${delivering}
    import { Session } from 'node:inspector/promises'
    await send(2_000)
    const session = new Session()
    session.connect()
    const sampling = { samplingInterval: 1_024, includeObjectsCollectedByMajorGC: true }
    await session.post('HeapProfiler.startSampling', sampling)
    await send(8_000)
    const { profile } = await session.post('HeapProfiler.stopSampling')
    const sizeOf = ({ selfSize, children }) => children.reduce((sum, child) => sum + sizeOf(child), selfSize)
    console.log(sizeOf(profile.head) / 8_000)
    process.exit()`)
  expect(bytes).toBeLessThan(3_000)
})
