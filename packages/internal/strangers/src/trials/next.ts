import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { pageOf } from '@obsidianlaunch/testkit/pages'
import { mustBeForBrowsers } from '../built.ts'
import type { Project } from '../installer.ts'
import { readPage } from '../page.ts'
import { chromium, howToInstallChromium, howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { type Bench, type Trial, withApi } from '../trial.ts'

type Environment = Record<string, string>

/** Builds the application, starts it, and opens its page: the component calls the route, and the route the API. */
async function buildAndOpen(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next')
  await withApi(bench, ['trackEvent'], async (env) => {
    await build(project, program, env)
    await mustBeForBrowsers(join(project.folder, '.next', 'static'), env['EVENT_TRACKING_AUTH_TOKEN'] ?? '')
    await whileStarted(project, program, env, async (url) => mustSay(await readPage(url, answer), '{"status":200}'))
  })
}

/** Calls a route on the edge runtime, past a middleware that tracks too: in production, where a tracker also has to warn. */
async function callOnTheEdge(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next')
  await withApi(bench, ['trackEvent', 'trackEvent'], async (env, arrived) => {
    await build(project, program, env)
    await whileStarted(project, program, env, async (url) => {
      const told = await textAt(`${url}/edge`)
      if (!told.startsWith('{"status":200,') || !told.includes('withCustomer')) throw new Error(`It said ${told}`)
      await arrived()
    })
  })
}

/** Prerenders a component that tracks, by a tracker that is not enabled and by one that is, and renders another at a request. */
async function renderComponents(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next-cached')
  await withApi(bench, [], (env) => build(project, program, { ...env, EVENT_TRACKING_ENABLED: 'false' }))
  // Next.js renders a page as often as it likes when it builds.
  const { token } = bench.mock.isolate()
  await build(project, program, { EVENT_TRACKING_BASE_URL: bench.mock.url, EVENT_TRACKING_AUTH_TOKEN: token })
  await withApi(bench, ['trackEvent'], (env) =>
    whileStarted(project, program, env, async (url) => {
      if (!(await textAt(`${url}/asked`)).includes('answered 200')) throw new Error('The component got no answer')
    }),
  )
}

const recipe = pageOf('recipes/nextjs')
const customers = Array.from({ length: 50 }, (_, n) => `user${n}`)

/** Sends 200 requests at once to a handler as the recipe writes it down: 190 of 50 customers, and 10 of nobody. */
async function trackInContext(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next')
  await addFiles(project, filesUnder(recipe, 'A customer for each request'))
  await build(project, program, { EVENT_TRACKING_ENABLED: 'false' })
  const tracked = Array<'trackEvent'>(190).fill('trackEvent')
  await withApi(bench, tracked, async (env, _arrived, { requests }) => {
    const sessions = [
      ...Array<string[]>(4).fill(customers).flat().slice(0, 190),
      ...Array<undefined>(10).fill(undefined),
    ]
    await whileStarted(project, program, env, async (url) => {
      const told = await Promise.all(sessions.map((session) => outcomeOf(url, session)))
      const wanted = sessions.map((session) => (session === undefined ? 'rejected' : 'delivered'))
      mustSay(told.join(), wanted.join())
    })
    const bodies = requests.map(({ body }) => body as { customer_id: string; property: { of: string } })
    const wrong = bodies.filter(({ customer_id, property }) => customer_id !== property.of)
    if (wrong.length > 0) throw new Error(`Under the wrong id: ${JSON.stringify(wrong)}`)
  })
}

async function outcomeOf(url: string, session: string | undefined): Promise<string> {
  const headers = { 'content-type': 'application/json', ...(session !== undefined && { 'x-session': session }) }
  const body = JSON.stringify({ of: session ?? 'nobody' })
  const response = await fetch(`${url}/reports`, { method: 'POST', headers, body })
  return ((await response.json()) as { outcome: string }).outcome
}

async function addFiles(
  project: Project,
  files: Record<string, string>,
  change: (code: string) => string = (code) => code,
): Promise<void> {
  for (const [name, code] of Object.entries(files)) {
    const file = join(project.folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, change(code))
  }
}

/** The headings of the recipe whose files make an application together. */
const steps = ['First event', 'Track without holding up the answer', 'Server components and the build']

/** Builds the application of the recipe where there is no token, starts it, and does what a visitor does. */
async function followRecipe(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next-recipe')
  for (const heading of steps) await addFiles(project, filesUnder(recipe, heading))
  await build(project, program, {})
  const wanted = ['identifyCustomer', 'trackEvent', 'trackEvent', 'trackEvent'] as const
  await withApi(bench, wanted, (env, _arrived, part) => {
    const arrived = (event: string) =>
      part.waitFor({ operation: 'trackEvent', status: 200, event }, { timeoutMs: 60_000 })
    return whileStarted(project, program, env, async (url) => {
      mustSay(await statusAt(url, { method: 'POST', body: await filledForm(url) }), '200')
      await arrived('signed_up')
      mustSay(await statusAt(`${url}/api/clicks`, { method: 'POST', body: '{"button":"save"}' }), '204')
      await arrived('button_click')
      if (!(await textAt(`${url}/pricing`)).includes('Our prices')) throw new Error('The page has no prices')
      await arrived('pricing_viewed')
    })
  })
}

/** The form of the page as a browser without JavaScript sends it: with the field that names the action. */
async function filledForm(url: string): Promise<FormData> {
  const [, action] = /name="(\$ACTION_ID_\w+)"/.exec(await textAt(url)) ?? []
  if (action === undefined) throw new Error('The page has no form that calls a server action')
  const form = new FormData()
  form.set(action, '')
  form.set('email', 'john@example.com')
  return form
}

const oneClient = 'rateLimit: { perAddress: { perSecond: 0.001, burst: 3 } },'

/** Builds the relay as its recipe has it, without a token, and sends it an event as a page of another origin would. */
async function relayEvents(bench: Bench, program: string): Promise<void> {
  const project = await bench.workshop.project('next-relay')
  // Which client sends is seen by how many requests of it are taken.
  await addFiles(project, filesUnder(pageOf('recipes/relay'), 'Next.js'), (code) =>
    code.replace('trustedProxies', `${oneClient} trustedProxies`),
  )
  await build(project, program, { EVENT_TRACKING_ENABLED: 'false' })
  await withApi(bench, ['trackEvent'], (env, arrived) =>
    whileStarted(project, program, env, async (url) => {
      mustSay(await statusAt(`${url}/relay/readyz`), '200')
      mustSay(await statusAt(`${url}/relay/events/test`, preflight), '204')
      mustSay(await statusAt(`${url}/relay/events/test`, event), '200')
      await arrived()
      mustSay(await statusAt(`${url}/relay/events/test`, { ...event, body: '{' }), '400')
      mustSay(await statusAt(`${url}/relay/events/test`, event), '429')
    }),
  )
}

const origin = 'https://app.example.com'
const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }
const event = {
  method: 'POST',
  headers: { origin, 'content-type': 'application/json', authorization: 'Bearer pk_live_0123456789abcdefghij' },
  body: '{"customer_id":"user123","event":"button_click"}',
}

async function statusAt(url: string, init?: RequestInit): Promise<string> {
  return `${(await fetch(url, init)).status}`
}

async function build(project: Project, program: string, env: Environment): Promise<void> {
  await project.succeed(['npm', 'run', 'build'], { node: program, env })
}

async function whileStarted(
  project: Project,
  program: string,
  env: Environment,
  visit: (url: string) => Promise<void>,
): Promise<void> {
  const args = ['node_modules/next/dist/bin/next', 'start', '--port', '0', '--hostname', '127.0.0.1']
  const options = { cwd: project.folder, env: { ...project.env({ node: program }), ...env } }
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  try {
    await visit(await addressOf(server.stdout))
  } finally {
    server.kill()
    await ended
  }
}

/** The text that the component shows once its call has been answered. */
const answer = `[...document.querySelectorAll('output')].map((one) => one.textContent).find((text) => text !== 'waiting')`

function mustSay(told: string, wanted: string): void {
  if (told !== wanted) throw new Error(`It said ${told}`)
}

async function textAt(url: string): Promise<string> {
  return (await fetch(url)).text()
}

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

/** The lines of Node that have SQLite. */
const linesWithSqlite = nodeLines.filter((line) => line > 20)

const rows = [
  {
    row: 'Next.js 16: a route handler, and a client component that calls it',
    run: buildAndOpen,
    needsBrowser: true,
    lines: nodeLines,
  },
  {
    row: 'Next.js 16: an app as its recipe writes it down, built without a token',
    run: followRecipe,
    needsBrowser: false,
    lines: [24] as const,
  },
  {
    row: 'Next.js 16: a route handler with a customer in context',
    run: trackInContext,
    needsBrowser: false,
    lines: nodeLines,
  },
  {
    row: 'Next.js 16: a route with a customer in context and a middleware, on the edge runtime',
    run: callOnTheEdge,
    needsBrowser: false,
    lines: nodeLines,
  },
  {
    row: 'Next.js 16: server components, with `cacheComponents`',
    run: renderComponents,
    needsBrowser: false,
    lines: nodeLines,
  },
  {
    row: 'Next.js 16: the relay as a route handler, with an outbox',
    run: relayEvents,
    needsBrowser: false,
    lines: linesWithSqlite,
  },
]

export const nextTrials: Trial[] = rows.flatMap(({ row, run, needsBrowser, lines }) =>
  lines.map((line) => {
    const program = node(line)
    const noBrowser = needsBrowser && chromium === undefined ? howToInstallChromium : undefined
    return {
      table: 'Node',
      row,
      column: `Node ${line}`,
      long: line !== 24,
      missing: program === undefined ? howToInstall : noBrowser,
      run: (bench) => run(bench, program ?? ''),
    }
  }),
)
