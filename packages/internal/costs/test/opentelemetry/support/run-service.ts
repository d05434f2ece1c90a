import { join } from 'node:path'
import { SpanKind } from '@opentelemetry/api'
import { inTurn, ok, serve, status } from '@obsidianlaunch/testkit/api'
import { succeed } from '@obsidianlaunch/testkit/run'
import { expect } from 'vitest'

interface Told {
  flushed: { delivered: number }
  spans: {
    scope: string
    kind: SpanKind
    attributes: Record<string, unknown>
    trace: string
    id: string
    parent?: string
    links: string[]
  }[]
  counts: Record<string, unknown[]>
}

const programs = join(import.meta.dirname, '..', 'programs')
const customers = 12

/** Runs a service with the instrumentations of others beside ours, and judges its spans and counts. */
export async function judgeService(node: string): Promise<void> {
  await using api = await serve(inTurn(status(503), ok))
  const args = ['--import', join(programs, 'instrumentation.js'), join(programs, 'service.js')]
  const env = { EVENT_TRACKING_BASE_URL: api.url, EVENT_TRACKING_AUTH_TOKEN: 'a-token', NODE_OPTIONS: undefined }
  const { flushed, spans, counts } = JSON.parse(await succeed(node, args, { env })) as Told
  expect(flushed.delivered).toBe(customers)

  const requests = spans.filter(({ kind }) => kind === SpanKind.SERVER)
  const attempts = spans.filter(({ scope }) => scope === '@obsidianlaunch/events')
  const posts = spans.filter(
    ({ scope, attributes }) => scope.endsWith('-undici') && attributes['url.path'] === '/events/test',
  )
  expect(requests).toHaveLength(customers)
  expect(attempts).toHaveLength(customers + 1)
  expect(posts).toHaveLength(customers + 1)

  // Each attempt links to the request in which its event was tracked, and shares its trace with its own request alone.
  for (const { id, trace, parent, links, attributes } of attempts) {
    expect(parent).toBeUndefined()
    const [request] = requests.filter((span) => span.id === links[0])
    expect(request?.attributes['url.path']).toBe(`/${String(attributes['obsidianlaunch.customer.id'])}`)
    const beside = spans.filter((span) => span.trace === trace && span.id !== id)
    expect(beside.map((span) => ({ scope: span.scope, parent: span.parent }))).toEqual([
      { scope: '@opentelemetry/instrumentation-undici', parent: id },
    ])
  }
  // The client's instrumentation sends its own span on.
  const sent = api.arrivals.map(({ headers }) => String(headers['traceparent']).split('-')[2])
  expect(sent.toSorted()).toEqual(posts.map(({ id }) => id).toSorted())
  expect(counts['obsidianlaunch.sdk.exporter.event.exported']).toEqual([customers])
  expect(counts['obsidianlaunch.sdk.exporter.event.inflight']).toEqual([0])
}
