import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
export async function inspectorOf(recorder: Recorder) {
  const faults = new FaultScripts({ random: () => 0, operations: () => ['trackEvent'], mayRefuse: true })
  const server = createServer(createInspector({ recorder, faults, operations: Promise.resolve(operations) }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Cuts the open connections; a page that comes back is let in. */
    cut: () => server.closeAllConnections(),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
