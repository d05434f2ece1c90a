import type { Open } from './contender.ts'
import * as ours from './ours.ts'
import * as peers from './peers.ts'
import * as raw from './raw.ts'

export interface Entry {
  readonly title: string
  readonly open: Open
  /** Number of events that it is given at once: all, where it queues; its bound, where it drops beyond it. */
  readonly atOnce: number
  /** Number of events by which its speed is measured. */
  readonly events: number
  readonly kind: 'raw' | 'ours' | 'peer'
  /** The package, for what is measured of its files. */
  readonly package?: string
}

/** Requests in flight at once. */
const inFlight = 32

/** So many that the code has been compiled by then: before that, an event costs everybody twice as much. */
const many = 80_000
/** For who takes ten times as long. */
const some = 5_000
/** For who takes the longer for an event, the more of them wait. */
const few = 1_500

const peer = (title: string, open: Open, name: string, events = some): Entry => ({
  title,
  open,
  atOnce: Infinity,
  events,
  kind: 'peer',
  package: name,
})

/** In the order of the tables. */
export const contenders: Record<string, Entry> = {
  sockets: { title: 'bytes on net sockets (floor)', open: raw.sockets, atOnce: inFlight, events: many, kind: 'raw' },
  dispatch: { title: 'undici dispatch (raw limit)', open: raw.dispatch, atOnce: inFlight, events: many, kind: 'raw' },
  client: {
    title: 'our client',
    open: ours.ourClient,
    atOnce: inFlight,
    events: many,
    kind: 'ours',
    package: '@obsidianlaunch/events-client',
  },
  'client-on-fetch': {
    title: "our client, transport: 'fetch'",
    open: ours.ourClientOnFetch,
    atOnce: inFlight,
    events: some,
    kind: 'ours',
  },
  tracker: {
    title: 'our tracker',
    open: ours.ourTracker,
    atOnce: Infinity,
    events: many,
    kind: 'ours',
    package: '@obsidianlaunch/events',
  },
  segment: peer('Segment', peers.segment, '@segment/analytics-node'),
  posthog: peer('PostHog', peers.posthog, 'posthog-node'),
  rudderstack: peer('RudderStack', peers.rudderstack, '@rudderstack/rudder-sdk-node', few),
  amplitude: peer('Amplitude', peers.amplitude, '@amplitude/analytics-node', few),
  mixpanel: peer('Mixpanel', peers.mixpanel, 'mixpanel'),
  customerio: peer('Customer.io', peers.customerio, 'customerio-node'),
  snowplow: { ...peer('Snowplow', peers.snowplow, '@snowplow/node-tracker'), atOnce: 900 },
}
