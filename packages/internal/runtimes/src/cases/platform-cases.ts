import { ConfigurationError, getDefaultTracker, installShutdownHandlers, trackEvent } from '@obsidianlaunch/events'
import { bookVendorCalls } from '@obsidianlaunch/events/vendors'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, type Env, tenEvents, trackerOf } from '../case.ts'

/** Runs a program whose environment has a token and points at the API. */
async function start(env: Env, program: string, { baseUrl }: Api) {
  const variables = { EVENT_TRACKING_AUTH_TOKEN: env.token ?? '', EVENT_TRACKING_BASE_URL: baseUrl }
  const ended = await env.start?.(program, variables)
  holds(ended !== undefined, 'a process should be able to start another one')
  return ended
}

export const platformCases: Case[] = [
  {
    name: 'events that nobody awaits are delivered before the program ends by itself, retries and all',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, {})
      same(await start(env, 'leave', api), { end: 0, stdout: '', stderr: '' }, 'the end')
      same((await api.story()).slice(1), tenEvents, 'what arrived')
    },
  },
  {
    name: 'after a shutdown against a server that hangs the program ends',
    needs: ['process'],
    async run(env) {
      const { end, stdout } = await start(env, 'shut-down', await Api.answering(env, { fault: 'hang' }))
      const books = { accepted: 100, delivered: 0, rejected: 0, dropped: 100, dead: 0, pending: 0 }
      same([end, JSON.parse(stdout)], [0, books], 'exit code and report')
    },
  },
  {
    name: 'failures that nobody hears of are one warning, and do not end the program',
    needs: ['process'],
    async run(env) {
      const { end, stderr } = await start(env, 'leave', await Api.answering(env, { status: 400 }))
      same([end, stderr.match(/Failed to track event: 400/g)?.length], [0, 1], 'exit code and warnings')
      holds(stderr.includes('EventTrackingWarning'), stderr)
    },
  },
  {
    name: 'the functions of the guide work with nothing but the environment, and a tracker is made anew after its end',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env)
      same(await start(env, 'guide', api), { end: 0, stdout: '200\n200\n200\n', stderr: '' }, 'the end')
      same(await api.story(), ['user123:identify', 'user123:button_click', 'user123:again'], 'what arrived')
    },
  },
  {
    name: "the functions of the guide say on Workers that a tracker belongs to a request's handler",
    needs: ['worker'],
    async run() {
      const error = await failure(ConfigurationError, () => trackEvent('user123', 'x'))
      holds(error.message.includes('Workers') && error.message.includes('new EventTracker'), error.message)
      await failure(ConfigurationError, () => getDefaultTracker())
    },
  },
  {
    name: 'shutdown handlers deliver what is pending, then let the signal end the process',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, {})
      same(await start(env, 'signal', api), { end: 'SIGTERM', stdout: '', stderr: '' }, 'the end')
      same((await api.story()).slice(1), tenEvents, 'what arrived')
    },
  },
  {
    name: 'a second signal does not wait for a server that hangs',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env, { fault: 'hang' })
      same((await start(env, 'two-signals', api)).end, 'SIGTERM', 'the end')
    },
  },
  {
    name: 'on Workers waitUntil delivers what is pending after the answer, retries and all',
    needs: ['worker'],
    async run(env) {
      left = await Api.answering(env, { status: 503 }, {})
      const tracker = trackerOf(env, left, { waitUntil: (promise) => env.waitUntil?.(promise) })
      for (let n = 0; n < 10; n++) tracker.trackEvent('user123', `event${n}`)
      same(tracker.stats().pending, 10, 'pending')
    },
    async afterwards() {
      await left?.reached(11)
      same((await left?.story())?.slice(1), tenEvents, 'what arrived')
    },
  },
  {
    name: 'where no process gets signals, shutdown handlers say so',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      if (env.traits.includes('process')) installShutdownHandlers(tracker)()
      else await failure(ConfigurationError, () => installShutdownHandlers(tracker))
    },
  },
  {
    name: 'calls of vendors are booked on Node; elsewhere it says that only Node tells of them',
    async run(env) {
      const api = await Api.answering(env)
      const booked: unknown[] = []
      const tracker = { trackEvent: (customer: string, event: string) => booked.push([customer, event]) }
      const book = () => bookVendorCalls(tracker, { '*': { event: 'Call' } }, { otherwise: 'user123' })
      if (!isNode()) {
        const { message } = await failure(ConfigurationError, book)
        return holds(message.includes('needs Node'), message)
      }
      const stop = book()
      await (await fetch(`${api.baseUrl}/vendor`)).text()
      stop()
      same(booked, [['user123', 'Call']], 'what was booked')
    },
  },
]

/** The API that a Worker's request was still to call when it had been answered. */
let left: Api | undefined

/** Tells Node from all that has its modules. */
function isNode(): boolean {
  const versions = (globalThis as { process?: { versions?: Record<string, string> } }).process?.versions ?? {}
  const isOther = versions['bun'] !== undefined || versions['deno'] !== undefined
  return versions['node'] !== undefined && !isOther && globalThis.navigator?.userAgent !== 'Cloudflare-Workers'
}
