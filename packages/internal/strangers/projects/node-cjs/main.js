const { EventTracker } = require('@obsidianlaunch/events')
const { forCurrentCustomer, withCustomer } = require('@obsidianlaunch/events/context')
const { outboxCases } = require('@obsidianlaunch/events/outbox-kit')
const { sqliteOutbox } = require('@obsidianlaunch/events/sqlite')
const { createEventsClient, validateTrackEvent } = require('@obsidianlaunch/events-client')
const { startMock } = require('@obsidianlaunch/events-mock')
const { postgresOutbox } = require('@obsidianlaunch/events-postgres')
const { createRelay } = require('@obsidianlaunch/events-relay')
const { createAdmin } = require('@obsidianlaunch/events-relay/admin')
const { createListener } = require('@obsidianlaunch/events-relay/node')

async function main() {
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
}

main()
