import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { type Answer, ok, type ScriptedServer, serve as serveApi } from '@obsidianlaunch/testkit/api'
import { createRelay, type RelayOptions, type RequestRecord } from '../../src/index.ts'
import { serve } from '../../src/node.ts'

export const projectToken = 'project-token-of-the-relay'
export const key = 'pk_live_0123456789abcdefghij'
export const origin = 'https://app.example.com'

export interface Setup {
  /** Answers of the API behind the relay. */
  api?: Answer
  relay?: RelayOptions
  tracker?: TrackerOptions
  /** Without it events are stored in a file. */
  isDirect?: boolean
}

/** A relay that listens, before a server that plays the API. */
export class Running implements AsyncDisposable {
  readonly records: RequestRecord[] = []
  readonly api: ScriptedServer
  readonly tracker: EventTracker
  readonly relay: ReturnType<typeof createRelay>
  url = ''
  #close: () => Promise<void> = () => Promise.resolve()

  constructor(api: ScriptedServer, { relay = { keys: { web: key }, origins: [origin] }, tracker, isDirect }: Setup) {
    this.api = api
    const outbox = isDirect ? {} : { outbox: sqliteOutbox(join(mkdtempSync(join(tmpdir(), 'relay-')), 'events.db')) }
    this.tracker = new EventTracker({
      token: projectToken,
      baseUrl: api.url,
      onError: () => undefined,
      ...outbox,
      ...tracker,
    })
    this.relay = createRelay(this.tracker, { onRequest: (record) => this.records.push(record), ...relay })
  }

  async listen(): Promise<this> {
    await this.relay.start()
    const serving = await serve(this.relay, { port: 0, host: '127.0.0.1' })
    this.url = serving.url
    this.#close = () => {
      serving.server.closeAllConnections()
      return serving.close()
    }
    return this
  }

  /** Sends an event as a page does that has a key. */
  post(body: unknown = { customer_id: 'user123', event: 'button_click' }, init: Post = {}): Promise<Response> {
    const { path = '/events/test', headers = {} } = init
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    })
  }

  /** The last request as a log would have it. */
  get last(): RequestRecord {
    const last = this.records.at(-1)
    if (last === undefined) throw new Error('No request was answered')
    return last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    await this.relay.stop({ timeoutMs: 0 })
    await this.api[Symbol.asyncDispose]()
  }
}

export interface Post {
  path?: string
  headers?: Record<string, string>
}

export async function running(setup: Setup = {}): Promise<Running> {
  const api = await serveApi(setup.api ?? ok)
  return new Running(api, setup).listen()
}

/** A problem document. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  detail: string
  errors?: { pointer: string; detail: string }[]
}

/** The problem of a refusal: its short name, its status, and the whole of it. */
export async function problemOf(response: Response): Promise<ProblemDocument & { name: string }> {
  const document = (await response.json()) as ProblemDocument
  const name = document.type.replace(/.*\/errors\/relay\/#/, '')
  if (response.headers.get('content-type') !== 'application/problem+json') throw new Error('No problem document')
  if (document.status !== response.status) throw new Error('It speaks of another status')
  return { ...document, name }
}
