import { EventTracker } from '../../../../src/index.ts'
import { indexedDbOutbox } from '../../../../src/outbox/indexeddb/indexeddb.ts'

declare const location: { origin: string }

const heard: string[] = []
const tracker = new EventTracker({
  baseUrl: location.origin,
  environment: 'test',
  outbox: indexedDbOutbox('events'),
  backoff: { baseMs: 100, capMs: 1_000 },
  onDelivered: ({ id }) => void heard.push(`delivered ${id}`),
  onError: (error, { id }) => void heard.push(`${error.code} ${id}`),
})

Object.assign(globalThis, { tracker, heard })
