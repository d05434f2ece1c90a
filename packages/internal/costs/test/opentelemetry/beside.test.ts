import { howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { isLong } from '@obsidianlaunch/testkit/vitest'
import { expect, test } from 'vitest'
import { runService, sorted } from './support/run-service.ts'

/** The Node of this process, which is enough for `npm test`. */
const own = Number(process.versions.node.split('.')[0])
const lines = nodeLines.filter((line) => isLong || line === own)

test.for(lines)(
  'on Node %i, beside the instrumentations of undici and node:http, an attempt is the parent of its request and in nobody else’s trace',
  async (line, { skip }) => {
    const program = node(line)
    if (program === undefined) skip(`Node ${line} is not installed: ${howToInstall}`)
    const { flushed, spans, counts, sent } = await runService(program ?? '')
    const { requests, attempts, posts } = sorted(spans)
    expect(flushed.delivered).toBe(12)
    expect(requests).toHaveLength(12)
    expect(attempts).toHaveLength(13)
    for (const { id, trace, parent, links, attributes } of attempts) {
      expect(parent).toBeUndefined()
      const request = requests.find((span) => span.id === links[0])
      expect(request?.attributes['url.path']).toBe(`/${String(attributes['obsidianlaunch.customer.id'])}`)
      // Of its trace there is nothing but its own request.
      const beside = spans.filter((span) => span.trace === trace && span.id !== id)
      expect(beside.map((span) => ({ scope: span.scope, parent: span.parent }))).toEqual([
        { scope: '@opentelemetry/instrumentation-undici', parent: id },
      ])
    }
    expect(sent.toSorted()).toEqual(posts.map(({ id }) => id).toSorted())
    expect(counts['obsidianlaunch.sdk.exporter.event.exported']).toEqual([12])
    expect(counts['obsidianlaunch.sdk.exporter.event.inflight']).toEqual([0])
  },
)
