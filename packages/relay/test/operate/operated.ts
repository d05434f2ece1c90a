import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeadLetter, EventTracker, OutboxError, type TrackerOptions } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { type AdminOptions, createAdmin } from '../../src/admin.ts'
import { createRelay } from '../../src/index.ts'
import { serve, type Serving } from '../../src/node.ts'

export const key = 'pk_live_0123456789abcdefghij'
export const token = 'project-token-of-the-relay'

/** Retries after any time, by chance: so long that none comes while a test looks. */
export const retriesLater = { backoff: { baseMs: 1e12, capMs: 1e12 } }

export interface Setup {
  admin?: AdminOptions
  tracker?: TrackerOptions
  /** Without a file events are kept in memory. */
  isDirect?: boolean
  mock?: Mock
  /** The time after which an event that could not be stored is refused. */
  answerTimeoutMs?: number
  /** The port of the admin. */
  port?: number
}

/** A relay and its admin before the mock, each on a listener of its own. */
export class Operated implements AsyncDisposable {
  readonly mock: Mock
  readonly tracker: EventTracker
  readonly admin: ReturnType<typeof createAdmin>
  readonly relay: ReturnType<typeof createRelay>
  readonly #folder = mkdtempSync(join(tmpdir(), 'admin-'))
  readonly #servings: Serving[] = []
  readonly #ownsMock: boolean
  url = ''
  relayUrl = ''

  constructor(mock: Mock, { admin, tracker, isDirect, mock: given, answerTimeoutMs = 60_000 }: Setup) {
    this.mock = mock
    this.#ownsMock = given === undefined
    const outbox = isDirect ? {} : { outbox: sqliteOutbox(join(this.#folder, 'events.db')) }
    this.tracker = new EventTracker({ token, baseUrl: mock.url, onError: () => undefined, ...outbox, ...tracker })
    this.admin = createAdmin(this.tracker, admin)
    this.relay = createRelay(this.tracker, {
      keys: { web: key },
      onRequest: this.admin.onRequest,
      answerTimeoutMs,
    })
  }

  async listen(port = 0): Promise<this> {
    const [admin, relay] = [
      await serve(this.admin, { port, host: '127.0.0.1' }),
      await serve(this.relay, { port: 0, host: '127.0.0.1' }),
    ]
    this.#servings.push(admin, relay)
    this.url = admin.url
    this.relayUrl = relay.url
    return this
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers })
  }

  /** Sends what the page sends. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  /** Sends an event to the relay. */
  send(customer: string, event = 'button_click', authorization = `Bearer ${key}`): Promise<Response> {
    return fetch(`${this.relayUrl}/events/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ customer_id: customer, event }),
    })
  }

  /** Makes dead letters: one of each customer. */
  async bury(...customers: string[]): Promise<void> {
    for (const customer of customers) {
      this.mock.fail([{ status: 400, times: 1 }], { customer })
      await this.tracker.trackEvent(customer, 'bad').settled()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin.close()
    for (const serving of this.#servings) {
      serving.server.closeAllConnections()
      await serving.close()
    }
    await this.relay.stop({ timeoutMs: 0 })
    if (this.#ownsMock) await this.mock.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** An outbox in a file that stands for a database which several share: it can be taken away, and brought back. */
export class FlakyOutbox {
  readonly outbox: Outbox
  isDown = false
  readonly #folder = mkdtempSync(join(tmpdir(), 'flaky-'))

  constructor() {
    const real = sqliteOutbox(join(this.#folder, 'events.db'))
    const get = (_: Outbox, name: keyof Outbox) => {
      const method: unknown = real[name]
      if (typeof method !== 'function') return method
      return (...given: unknown[]): unknown => {
        if (!this.isDown || name === 'close') {
          const answer: unknown = Reflect.apply(method, real, given)
          return name === 'dead' ? Promise.resolve(answer).then((found) => fractional(found as DeadLetter[])) : answer
        }
        return Promise.reject(new OutboxError('io', 'connect ECONNREFUSED 127.0.0.1:5432'))
      }
    }
    this.outbox = new Proxy(real, { get })
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Times as a database has them: finer than a millisecond. */
function fractional(letters: readonly DeadLetter[]): DeadLetter[] {
  return letters.map((letter) => ({ ...letter, diedAt: letter.diedAt + 0.537 }))
}

export async function operated(setup: Setup = {}): Promise<Operated> {
  return new Operated(setup.mock ?? (await startMock()), setup).listen(setup.port)
}

/** The frames of a page's connection, until a number of them of that name has come. */
export async function framesOf(response: Response, name: string, wanted: number): Promise<unknown[]> {
  const frames: unknown[] = []
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const [, event, data] = /event: (.*)\ndata: (.*)/.exec(part) ?? []
      if (event === name) frames.push(JSON.parse(data ?? 'null'))
    }
    if (frames.length >= wanted) break
  }
  return frames
}
