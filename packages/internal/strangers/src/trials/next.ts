import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mustBeForBrowsers } from '../built.ts'
import { readPage } from '../page.ts'
import { chromium, howToInstallChromium, howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { type Bench, type Trial, withApi } from '../trial.ts'

/** Builds the application, starts it, and opens its page: the component calls the route, and the route the API. */
async function buildAndOpen(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next')
  await withApi(bench, ['trackEvent'], async (env) => {
    await project.succeed(['npm', 'run', 'build'], { node: program, env })
    await mustBeForBrowsers(join(project.folder, '.next', 'static'), env['EVENT_TRACKING_AUTH_TOKEN'] ?? '')
    const args = ['node_modules/next/dist/bin/next', 'start', '--port', '0', '--hostname', '127.0.0.1']
    const options = { cwd: project.folder, env: { ...project.env({ node: program }), ...env } }
    const server = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(server, 'exit')
    try {
      const told = await readPage(await addressOf(server.stdout), answer)
      if (told !== JSON.stringify({ status: 200 })) throw new Error(`The page said ${told}`)
    } finally {
      server.kill()
      await ended
    }
  })
}

/** The text that the component shows once its call has been answered. */
const answer = `[...document.querySelectorAll('output')].map((one) => one.textContent).find((text) => text !== 'waiting')`

/** The address at which `next start` says that it listens. */
async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  const told: string[] = []
  for await (const line of createInterface({ input: output })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (url !== undefined) return url
    told.push(line)
  }
  throw new Error(`Next.js did not start: ${told.join('\n')}`)
}

export const nextTrials: Trial[] = nodeLines.map((line) => {
  const program = node(line)
  const how = program === undefined ? howToInstall : chromium === undefined ? howToInstallChromium : undefined
  return {
    table: 'Node',
    row: 'Next.js 16: a route handler, and a client component that calls it',
    column: `Node ${line}`,
    long: line !== 24,
    missing: how,
    run: (bench) => buildAndOpen(bench, program ?? ''),
  }
})
