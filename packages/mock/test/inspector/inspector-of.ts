import { createServer, type Server } from 'node:http'
import { listen, type Local } from '@obsidianlaunch/testkit/listen'
import { FaultScripts } from '../../src/faults/fault-scripts.ts'
import { createInspector } from '../../src/inspector/inspector.ts'
import type { AnyExchange } from '../../src/recording/exchange.ts'
import type { Recorder } from '../../src/recording/recorder.ts'

const operations = [{ id: 'trackEvent', method: 'POST', path: '/events/test' }]

export function exchange(seq: number): AnyExchange {
  const body = { customer_id: `customer-${seq % 3000}`, event: `event-${seq}` }
  return {
    seq,
    id: `id-${seq}`,
    operation: 'trackEvent',
    method: 'POST',
    path: '/events/test',
    headers: { 'content-type': 'application/json' },
    text: JSON.stringify(body),
    body,
    valid: true,
    violations: [],
    status: 200,
    answer: { status: 200, headers: {}, text: '{}', violations: [] },
    at: new Date(seq).toISOString(),
    durationMs: 1,
  }
}

/** The inspector alone, whose recorder the test fills by hand. */
export function inspectorOf(recorder: Recorder): Promise<Local<Server>> {
  const faults = new FaultScripts({ random: () => 0, operations: () => ['trackEvent'], mayRefuse: true })
  return listen(createServer(createInspector({ recorder, faults, operations: Promise.resolve(operations) })))
}
