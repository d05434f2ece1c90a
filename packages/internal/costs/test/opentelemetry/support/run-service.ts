import { join } from 'node:path'
import { SpanKind } from '@opentelemetry/api'
import { inTurn, ok, serve, status } from '@obsidianlaunch/testkit/api'
import { succeed } from '@obsidianlaunch/testkit/run'

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
  /** The spans that the API was told of. */
  sent: string[]
}

const programs = join(import.meta.dirname, '..', 'programs')

/** Runs a service with the instrumentations of others beside ours. @returns what its SDK and the API were told */
export async function runService(node: string): Promise<Told> {
  await using api = await serve(inTurn(status(503), ok))
  const args = ['--import', join(programs, 'instrumentation.js'), join(programs, 'service.js')]
  const env = { EVENT_TRACKING_BASE_URL: api.url, EVENT_TRACKING_AUTH_TOKEN: 'a-token', NODE_OPTIONS: undefined }
  const told = JSON.parse(await succeed(node, args, { env })) as Omit<Told, 'sent'>
  return { ...told, sent: api.arrivals.map(({ headers }) => String(headers['traceparent']).split('-')[2] ?? '') }
}

/** The spans of each kind. */
export function sorted(spans: Told['spans']) {
  return {
    requests: spans.filter(({ kind }) => kind === SpanKind.SERVER),
    attempts: spans.filter(({ scope }) => scope === '@obsidianlaunch/events'),
    posts: spans.filter(
      ({ scope, attributes }) => scope.endsWith('-undici') && attributes['url.path'] === '/events/test',
    ),
  }
}
