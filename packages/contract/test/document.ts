import { readFileSync } from 'node:fs'
import { createEventsClient, validateIdentifyCustomer, validateTrackEvent } from '@obsidianlaunch/events-client'
import type { EventsClient, IdentifyCustomer, TrackEvent, Violation } from '@obsidianlaunch/events-client'
import type { Delivery, EventTracker } from '@obsidianlaunch/events'
import { parse } from 'yaml'

export type OperationId = 'identifyCustomer' | 'trackEvent'
export type Json = Record<string, unknown>

export interface Schema {
  type: string
  minLength?: number
  additionalProperties?: boolean
  required?: string[]
  properties?: Record<string, Schema>
}

export interface Operation {
  id: OperationId
  path: string
  schema: Schema
  /** The examples of the request body, by name. */
  examples: Record<string, Json>
  /** Every status that the document names; a range stands for two of its members. */
  statuses: number[]
}

interface OpenApi {
  paths: Record<string, { post: { operationId: OperationId; requestBody: { content: Content }; responses: object } }>
  components: { schemas: Record<string, Schema> }
}
type Content = Record<'application/json', { schema: { $ref: string }; examples: Record<string, { value: Json }> }>

export const specFile = new URL('../../../spec/openapi.yaml', import.meta.url)
const document = parse(readFileSync(specFile, 'utf8')) as OpenApi

/** Both operations as the document describes them: whatever changes there changes what the tests ask. */
export const operations: Operation[] = Object.entries(document.paths).map(([path, { post }]) => {
  const { schema, examples } = post.requestBody.content['application/json']
  return {
    id: post.operationId,
    path,
    schema: document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? { type: 'missing' },
    examples: Object.fromEntries(Object.entries(examples).map(([name, { value }]) => [name, value])),
    statuses: Object.keys(post.responses).flatMap((status) =>
      /^\dXX$/.test(status) ? [Number(status[0]) * 100, Number(status[0]) * 100 + 3] : [Number(status)],
    ),
  }
})

export function firstExample({ id, examples }: Operation): Json {
  const [example] = Object.values(examples)
  if (example === undefined) throw new Error(`${id} has no example`)
  return example
}

/** The client's own judgement of a body. */
export function validate(id: OperationId, body: unknown): Violation[] {
  return id === 'identifyCustomer' ? validateIdentifyCustomer(body) : validateTrackEvent(body)
}

/** One request through the generated client. */
export async function sendByClient(baseUrl: string, id: OperationId, body: Json) {
  const client: EventsClient = createEventsClient({ baseUrl, token: 'contract-token' })
  return id === 'identifyCustomer'
    ? client.POST('/customer/test', { body: body as unknown as IdentifyCustomer })
    : client.POST('/events/test', { body: body as unknown as TrackEvent })
}

/** The same body through the SDK, whose arguments are the fields of the document. */
export function sendBySdk(tracker: EventTracker, id: OperationId, body: Json): Delivery {
  if (id === 'trackEvent') return tracker.trackEvent(String(body['customer_id']), String(body['event']))
  const { customer_id, ...customer } = body as unknown as IdentifyCustomer
  return tracker.identifyCustomer(customer_id, customer)
}
