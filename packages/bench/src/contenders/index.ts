import type { Open } from './contender.ts'
import * as ours from './ours.ts'
import * as peers from './peers.ts'
import * as raw from './raw.ts'

export interface Entry {
  readonly title: string
  readonly open: Open
  /** How many events it is given at once. All, where it queues; its bound, where it drops beyond it. */
  readonly atOnce: number
  readonly kind: 'raw' | 'ours' | 'peer'
  /** The package, for what is measured of its files. */
  readonly package?: string
}

/** Requests in flight at once. */
const inFlight = 32

/** In the order of the tables. */
export const contenders: Record<string, Entry> = {
  sockets: { title: 'bytes on net sockets (floor)', open: raw.sockets, atOnce: inFlight, kind: 'raw' },
  dispatch: { title: 'undici dispatch (raw limit)', open: raw.dispatch, atOnce: inFlight, kind: 'raw' },
  client: {
    title: 'our client',
    open: ours.ourClient,
    atOnce: inFlight,
    kind: 'ours',
    package: '@obsidianlaunch/events-client',
  },
  'client-on-fetch': {
    title: "our client, transport: 'fetch'",
    open: ours.ourClientOnFetch,
    atOnce: inFlight,
    kind: 'ours',
  },
  tracker: {
    title: 'our tracker',
    open: ours.ourTracker,
    atOnce: Infinity,
    kind: 'ours',
    package: '@obsidianlaunch/events',
  },
  segment: {
    title: 'Segment',
    open: peers.segment,
    atOnce: Infinity,
    kind: 'peer',
    package: '@segment/analytics-node',
  },
  posthog: { title: 'PostHog', open: peers.posthog, atOnce: Infinity, kind: 'peer', package: 'posthog-node' },
  rudderstack: {
    title: 'RudderStack',
    open: peers.rudderstack,
    atOnce: Infinity,
    kind: 'peer',
    package: '@rudderstack/rudder-sdk-node',
  },
  amplitude: {
    title: 'Amplitude',
    open: peers.amplitude,
    atOnce: Infinity,
    kind: 'peer',
    package: '@amplitude/analytics-node',
  },
  mixpanel: { title: 'Mixpanel', open: peers.mixpanel, atOnce: Infinity, kind: 'peer', package: 'mixpanel' },
  customerio: {
    title: 'Customer.io',
    open: peers.customerio,
    atOnce: Infinity,
    kind: 'peer',
    package: 'customerio-node',
  },
  snowplow: { title: 'Snowplow', open: peers.snowplow, atOnce: 900, kind: 'peer', package: '@snowplow/node-tracker' },
}
