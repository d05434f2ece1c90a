import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environment, EventTracker } from '@obsidianlaunch/events'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { createRelay, type RelayOptions } from '@obsidianlaunch/events-relay'
import { createListener } from '@obsidianlaunch/events-relay/node'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { listen } from '@obsidianlaunch/testkit/listen'

/** A server that takes the API's calls, as its clients see it. */
export interface Server extends AsyncDisposable {
  readonly name: 'mock' | 'relay'
  readonly url: string
  /** Token that its clients send: to a relay its publishable key. */
  readonly token: string
  /** Every exchange with it, and what of it is against the OpenAPI document. */
  readonly front: Mock
  /** The API in the end: the mock itself, or the one that the relay sends to. */
  readonly api: Mock
}

export const key = 'pk_contract_0123456789'
const environments: readonly Environment[] = ['test', 'production']

/** The servers that keep the OpenAPI document. */
export const servers: Record<Server['name'], () => Promise<Server>> = {
  mock: async () => {
    const mock = await startMock()
    const close = () => mock.close()
    return {
      name: 'mock',
      url: mock.url,
      token: 'contract-token',
      front: mock,
      api: mock,
      [Symbol.asyncDispose]: close,
    }
  },
  relay: () => startRelay({}),
}

export interface RelaySetup {
  options?: RelayOptions
  /** Without it events are stored in a file. */
  isDirect?: boolean
}

/** A relay for each environment, and before them the mock as a proxy that holds every exchange against the OpenAPI document. */
export async function startRelay({
  options,
  isDirect = false,
}: RelaySetup): Promise<Server & { stop(): Promise<unknown> }> {
  const api = await startMock()
  const folder = await mkdtemp(join(tmpdir(), 'contract-relay-'))
  const relays = environments.map((environment) => {
    const outbox = isDirect ? {} : { outbox: sqliteOutbox(join(folder, `${environment}.db`)) }
    const waits = { backoff: { baseMs: 1, capMs: 5 }, maxRetries: 0, onError: () => undefined }
    const tracker = new EventTracker({
      token: 'token-of-the-relay',
      baseUrl: api.url,
      environment,
      ...waits,
      ...outbox,
    })
    return createRelay(tracker, { keys: [key], rateLimit: false, ...options })
  })
  await Promise.all(relays.map((relay) => relay.start()))
  const [test, production] = relays.map((relay) => createListener(relay))
  const both = createServer((request, response) => {
    const isTest = /\/test(\?|$)/.test(request.url ?? '')
    ;(isTest ? test : production)?.(request, response)
  })
  const local = await listen(both)
  const front = await startMock({ upstream: local.url })
  const stop = () => Promise.all(relays.map((relay) => relay.stop({ timeoutMs: 0 })))
  const dispose = async () => {
    await front.close()
    await local[Symbol.asyncDispose]()
    await stop()
    await api.close()
    await rm(folder, { recursive: true })
  }
  return { name: 'relay', url: front.url, token: key, front, api, stop, [Symbol.asyncDispose]: dispose }
}
