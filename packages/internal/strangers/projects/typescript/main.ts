import { createEventsClient, type TrackEvent } from '@obsidianlaunch/events-client'
import { EventTracker, identifyCustomer, RateLimitError, trackEvent, type Receipt } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { startMock } from '@obsidianlaunch/events-mock'
import { migrate, type PostgresPool, postgresOutbox } from '@obsidianlaunch/events-postgres'
import { createRelay, type Relay } from '@obsidianlaunch/events-relay'
import { createListener } from '@obsidianlaunch/events-relay/node'
import { createServer } from 'node:http'

export async function main(): Promise<number> {
  const mock = await startMock()
  const body: TrackEvent = { customer_id: 'user123', event: 'button_click' }
  const { response } = await createEventsClient({ baseUrl: mock.url, token: 't' }).POST('/events/test', { body })
  const tracker = new EventTracker<{ events: 'button_click' }>({
    token: 't',
    baseUrl: mock.url,
    outbox: sqliteOutbox('events.db'),
    onError: (error) => error instanceof RateLimitError,
  })
  const receipt: Receipt = await tracker.trackEvent('user123', 'button_click')
  // @ts-expect-error -- not one of the names above
  void tracker.trackEvent('user123', 'button_clack')
  await Promise.all([identifyCustomer('user123', 'John', 'john@example.com', { plan: 'pro' }), trackEvent('a', 'b')])
  const { delivered } = await tracker.shutdown({ timeoutMs: 5_000 })
  await mock.close()
  return response.status + receipt.attempts + delivered
}

export async function serve(): Promise<Relay> {
  const relay = createRelay(new EventTracker({ outbox: sqliteOutbox('events.db') }), { keys: ['pk_live_0123456789'] })
  createServer(createListener(relay)).listen(8080)
  // @ts-expect-error -- the address has another name
  await relay.fetch(new Request('http://localhost/healthz'), { address: '127.0.0.1' })
  return relay
}

export async function share(pool: PostgresPool): Promise<EventTracker> {
  const { to } = await migrate(pool, { schema: `events_${1}` })
  // @ts-expect-error -- neither a pool nor an address
  postgresOutbox({ host: 'localhost' })
  return new EventTracker({ outbox: postgresOutbox(to > 0 ? pool : 'postgres://localhost/app', { timeoutMs: 5_000 }) })
}

// @ts-expect-error -- a body that the OpenAPI document forbids does not compile
export const wrong: TrackEvent = { customer_id: 'user123' }
