import { ConfigurationError, type EventTracker } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { readiness, takesEvents } from '../edge/readiness.ts'
import type { RequestRecord } from '../edge/record.ts'
import { checkGuard, type GuardOptions, type Refused, refuseStranger, refuseUnknown } from './guard.ts'
import { Metrics } from './metrics.ts'
import { messageOf, Monitor } from './monitor.ts'
import { pageFile } from './page-files.ts'
import { streamTo } from './stream.ts'
import { type Hello, laneSteps, mostReplays } from './wire.ts'

export interface AdminOptions {
  /**
   * The token that whoever asks has to bring, as a Bearer token or as the password of any user. Without it the page and its
   * data are for this machine alone. At least 16 characters.
   */
  token?: string | undefined
  /** Names under which the listener may be reached besides this machine's own, such as `relay.internal`. */
  allowedHosts?: readonly string[] | undefined
  /**
   * The outbox of the tracker, where other machines share it. The tracker counts its own events alone; with this the metrics and
   * the page have what all of them have pending and dead.
   */
  sharedOutbox?: Outbox | undefined
}

/** The view that an operator has of a relay, as a function of a request. Its methods may be passed around. */
export interface Admin {
  /** Answers a request. Never rejects. */
  fetch(this: void, request: Request, info?: { readonly remoteAddress?: string | undefined }): Promise<Response>
  /** Counts a request that the relay has answered: give it to `createRelay` as `onRequest`. */
  onRequest(this: void, record: RequestRecord): void
  /** Ends what it keeps open: the live connections of pages, and its timer. */
  close(this: void): void
}

/**
 * Makes the listener of those who look after a relay: Prometheus metrics at `/metrics`, health at `/healthz` and `/readyz`, and
 * a page that shows what waits and why, with replay and forget. Never serve it where the public one is.
 *
 * @throws ConfigurationError for an option that is impossible
 * @example
 * const admin = createAdmin(tracker)
 * const relay = createRelay(tracker, { keys: ['pk_live_…'], onRequest: admin.onRequest })
 * await serve(admin, { host: '127.0.0.1', port: 9090 })
 */
export function createAdmin(tracker: EventTracker, options: AdminOptions = {}): Admin {
  const { token, allowedHosts = [], sharedOutbox, ...unknown } = options
  const guard = { token, allowedHosts }
  checkGuard(guard, Object.keys(unknown))
  checkOutbox(sharedOutbox)
  const server = new AdminServer(tracker, guard, sharedOutbox)
  return {
    fetch: (request, info) => server.fetch(request, info?.remoteAddress),
    onRequest: (record) => server.note(record),
    close: () => server.close(),
  }
}

/** @throws ConfigurationError for what is no outbox */
function checkOutbox(outbox: Partial<Outbox> | null | undefined): void {
  if (outbox === undefined || typeof outbox?.counts === 'function') return
  throw new ConfigurationError('createAdmin: sharedOutbox must be the outbox of the tracker')
}

const pages: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

// Nothing is loaded from anywhere but this server, and no text of a client can ever become code.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const longestBody = 512 * 1_024

type Action = (url: URL, body: Readonly<Record<string, unknown>>) => Promise<unknown>

class AdminServer {
  readonly #tracker: EventTracker
  readonly #guard: GuardOptions
  readonly #monitor: Monitor
  readonly #metrics: Metrics
  readonly #closing = new AbortController()
  readonly #hello: Hello

  constructor(tracker: EventTracker, guard: GuardOptions, shared: Outbox | undefined) {
    this.#tracker = tracker
    this.#guard = guard
    this.#monitor = new Monitor(tracker, shared)
    this.#metrics = new Metrics(this.#monitor)
    this.#hello = {
      run: crypto.randomUUID(),
      startedAt: Date.now(),
      environment: tracker.status().environment,
      isShared: shared !== undefined,
    }
  }

  note(record: RequestRecord): void {
    this.#monitor.note(record)
    this.#metrics.note(record)
  }

  close(): void {
    this.#closing.abort()
    this.#monitor.close()
  }

  async fetch(request: Request, remoteAddress: string | undefined): Promise<Response> {
    const answer = await this.#answer(request, remoteAddress).catch((thrown: unknown) =>
      refusal(isOfOutbox(thrown) ? 503 : 500, messageOf(thrown)),
    )
    const response = request.method === 'HEAD' ? await headOf(answer) : answer
    const { headers } = response
    headers.set('cache-control', 'no-store')
    headers.set('content-security-policy', policy)
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'no-referrer')
    return response
  }

  async #answer(request: Request, remoteAddress: string | undefined): Promise<Response> {
    const url = new URL(request.url)
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (isReading && url.pathname === '/healthz') return new Response('ok\n')
    if (isReading && url.pathname === '/readyz') return readiness(takesEvents(this.#tracker, Date.now()))
    const refused = refuseStranger(request, this.#guard) ?? (await this.#refuseUnknown(request, url, remoteAddress))
    if (refused !== undefined) return refusal(refused.status, refused.message)
    if (isReading) return this.#read(url)
    const action = request.method === 'POST' ? this.#actions[url.pathname] : undefined
    if (action === undefined)
      return refusal(405, `Nothing at ${url.pathname} takes ${request.method}.`, { allow: 'GET' })
    return act(request, url, action)
  }

  /** Metrics tell nothing of a customer: without a token whoever reaches the listener may read them. */
  async #refuseUnknown(request: Request, { pathname }: URL, remoteAddress: string | undefined) {
    const isOpen = pathname === '/metrics' && this.#guard.token === undefined
    return isOpen ? undefined : refuseUnknown(request, remoteAddress, this.#guard)
  }

  async #read({ pathname, searchParams }: URL): Promise<Response> {
    const page = pages[pathname]
    if (page !== undefined) return new Response(pageFile(page[0]), { headers: { 'content-type': page[1] } })
    switch (pathname) {
      case '/metrics':
        return this.#metrics.answer()
      case '/events':
        return streamTo(this.#monitor, this.#hello, laneLimit(searchParams.get('lanes')), this.#closing.signal)
      case '/dead':
        return Response.json(await this.#monitor.letters(searchParams.get('after') ?? undefined))
      default:
        return refusal(pathname in this.#actions ? 405 : 404, `Nothing is to be read at ${pathname}.`)
    }
  }

  readonly #actions: Readonly<Record<string, Action>> = {
    '/replay': async (_, { ids }) => {
      const areIds = Array.isArray(ids) && ids.length <= mostReplays && ids.every((id) => typeof id === 'string')
      if (!areIds) throw new Misuse(`Send { "ids": […] }, at most ${mostReplays} ids of dead letters.`)
      return { replayed: await this.#tracker.replay(ids).finally(() => this.#monitor.changed()) }
    },
    '/forget': async (_, { customerId }) => {
      if (typeof customerId !== 'string' || customerId === '') throw new Misuse('Send { "customerId": "…" }.')
      return { forgotten: await this.#tracker.forget(customerId).finally(() => this.#monitor.changed()) }
    },
  }
}

/** The answer to a HEAD, which has no body. */
async function headOf(answer: Response): Promise<Response> {
  await answer.body?.cancel()
  return new Response(null, answer)
}

/** A request that could do nothing. */
class Misuse extends Error {}

async function act(request: Request, url: URL, action: Action): Promise<Response> {
  // No form and no page of another origin can send it without asking first, and nothing here answers that.
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) return refusal(415, 'Send JSON.')
  const body = await bodyOf(request)
  if (body === undefined) return refusal(400, 'Send a JSON object.')
  try {
    return Response.json(await action(url, body))
  } catch (thrown) {
    return refusal(thrown instanceof Misuse ? 400 : 503, messageOf(thrown))
  }
}

async function bodyOf(request: Request): Promise<Readonly<Record<string, unknown>> | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > longestBody) return undefined
    }
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** As many lanes as one of the steps has. */
function laneLimit(asked: string | null): number {
  return laneSteps.find((step) => step >= Number(asked ?? 0)) ?? laneSteps[laneSteps.length - 1] ?? 0
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request could do nothing',
  401: 'A token is needed',
  403: 'This may not be asked from there',
  404: 'Nothing is here',
  405: 'The method does nothing here',
  415: 'The body must be JSON',
  500: 'The admin failed',
  503: 'The outbox does not answer, or the relay is shutting down',
}

/** Tells what an outbox or a shutdown is to blame for, and no defect. */
function isOfOutbox(thrown: unknown): boolean {
  const { code } = Object(thrown) as { code?: unknown }
  return code === 'outbox' || code === 'closed'
}

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
function refusal(status: Refused['status'], message: string, headers: Record<string, string> = {}): Response {
  const asking: Record<string, string> =
    status === 401 ? { 'www-authenticate': 'Basic realm="relay admin", charset="UTF-8"' } : {}
  const type = { 'content-type': 'application/problem+json' }
  const problem = { title: titles[status] ?? '', status, detail: message }
  return Response.json(problem, { status, headers: { ...type, ...headers, ...asking } })
}
