import { createRequire } from 'node:module'
import { event, failed, type Open } from './contender.ts'

/** Their own install, with versions pinned there; their types are not ours to check. */
const peer = createRequire(new URL('../../peers/package.json', import.meta.url))

/** Ends the run on an error, else counts. */
function counting(delivered: () => void): (error?: unknown) => void {
  return (error) => (error ? failed(error) : delivered())
}

export const segment: Open = (host, delivered) => {
  const { Analytics } = peer('@segment/analytics-node')
  const analytics = new Analytics({ writeKey: 'key', host, maxEventsInBatch: 1 })
  return { track: (userId) => analytics.track({ userId, event }, counting(delivered)) }
}

export const posthog: Open = (host, delivered) => {
  const { PostHog } = peer('posthog-node')
  // It tells of no single event: one event a request, so its requests are counted.
  const fetch = async (url: string, options: RequestInit) => {
    const response = await globalThis.fetch(url, options)
    if (url.includes('batch')) delivered()
    return response
  }
  const client = new PostHog('key', { host, fetch, flushAt: 1, maxBatchSize: 1, maxQueueSize: 1_000_000 })
  return { track: (distinctId) => client.capture({ distinctId, event }) }
}

export const rudderstack: Open = (dataPlaneUrl, delivered) => {
  const Analytics = peer('@rudderstack/rudder-sdk-node')
  const analytics = new Analytics('key', { dataPlaneUrl, flushAt: 1, gzip: false, maxInternalQueueSize: 1_000_000 })
  return { track: (userId) => analytics.track({ userId, event }, counting(delivered)) }
}

export const amplitude: Open = (serverUrl, delivered) => {
  const { init, track } = peer('@amplitude/analytics-node')
  init('key', { serverUrl, flushQueueSize: 1, flushIntervalMillis: 1, logLevel: 0 })
  return {
    track: (user_id) =>
      void track(event, {}, { user_id }).promise.then(({ code }: { code: number }) =>
        code === 200 ? delivered() : failed(code),
      ),
  }
}

export const mixpanel: Open = (url, delivered) => {
  const { init } = peer('mixpanel')
  const { hostname, port } = new URL(url)
  const client = init('key', { host: `${hostname}:${port}`, protocol: 'http', keepAlive: true })
  return { track: (distinct_id) => client.track(event, { distinct_id }, counting(delivered)) }
}

export const customerio: Open = (url, delivered) => {
  const { TrackClient } = peer('customerio-node')
  const client = new TrackClient('site', 'key', { url })
  return { track: (customer) => void client.track(customer, { name: event }).then(delivered, failed) }
}

export const snowplow: Open = (endpoint, delivered) => {
  const { newTracker, buildStructEvent } = peer('@snowplow/node-tracker')
  const onRequestSuccess = (events: unknown[]) => events.forEach(() => delivered())
  // It puts as many of the waiting events into a request as fit: no two of ours do.
  const emitter = { endpoint, bufferSize: 1, maxPostBytes: 700, onRequestSuccess, onRequestFailure: failed }
  const tracker = newTracker(
    { namespace: 'bench', appId: 'bench', encodeBase64: false },
    { ...emitter, eventMethod: 'post' },
  )
  return { track: (customer) => tracker.track(buildStructEvent({ category: 'bench', action: event, label: customer })) }
}
