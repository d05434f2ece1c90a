import { EventTracker } from '@obsidianlaunch/events'
import { forCurrentCustomer, withCustomer } from '@obsidianlaunch/events/context'
import { outboxCases } from '@obsidianlaunch/events/outbox-kit'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createEventsClient, validateTrackEvent } from '@obsidianlaunch/events-client'
import { startMock } from '@obsidianlaunch/events-mock'
import { postgresOutbox } from '@obsidianlaunch/events-postgres'
import { createRelay } from '@obsidianlaunch/events-relay'
import { createAdmin } from '@obsidianlaunch/events-relay/admin'
import { createListener } from '@obsidianlaunch/events-relay/node'

const tracker = new EventTracker()
await tracker.identifyCustomer('user123', { name: 'John Doe', email: 'john@example.com', properties: {} })
withCustomer('user123', () => forCurrentCustomer(tracker).trackEvent('button_click'))
const { delivered } = await tracker.shutdown()

const mock = await startMock()
const body = { customer_id: 'user123', event: 'page_view' }
const { response } = await createEventsClient({ baseUrl: mock.url, token: 'any' }).POST('/events/test', { body })
await mock.close()

const doors = [outboxCases, sqliteOutbox, postgresOutbox, createRelay, createAdmin, createListener].every(
  (door) => typeof door === 'function',
)
console.log(JSON.stringify({ delivered, status: response.status, issues: validateTrackEvent(body).length, doors }))
