import { EventTracker } from '@obsidianlaunch/events'
import { createEventsClient, type Fetch } from '@obsidianlaunch/events-client'
import nodeFetch from 'node-fetch'
import * as undici6 from 'undici-6'
import * as undici7 from 'undici-7'
import * as undici8 from 'undici-8'

const dispatcher = new undici8.ProxyAgent('http://127.0.0.1:3128')
const fetches: Fetch[] = [
  fetch,
  undici6.fetch,
  undici7.fetch,
  undici8.fetch,
  nodeFetch,
  (url, init) => undici8.fetch(url, { ...init, dispatcher }),
  (url, init) => fetch(new Request(url, init)),
]

export const trackers = fetches.map((own) => new EventTracker({ token: 'any', fetch: own }))
export const clients = fetches.map((own) => createEventsClient({ token: 'any', fetch: own }))
