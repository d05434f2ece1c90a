import { readFileSync } from 'node:fs'
import * as client from '@obsidianlaunch/events-client'
import { createEventsClient, operationPaths } from '@obsidianlaunch/events-client'
import type { IdentifyCustomer, Violation } from '@obsidianlaunch/events-client'
import type { Delivery, Environment, EventTracker, Operation as Method } from '@obsidianlaunch/events'
import { parse } from 'yaml'

export type OperationId = keyof typeof operationPaths
export type Json = Record<string, unknown>

export interface Schema {
  type: string | string[]
  minLength?: number
  additionalProperties?: boolean
  required?: string[]
  properties?: Record<string, Schema>
}

export interface Operation {
  id: OperationId
  /** The call of the SDK that it belongs to, and the environment that it sends to. */
  method: Method
  environment: Environment
  path: string
  schema: Schema
  /** The examples of the request body, by name. */
  examples: Record<string, Json>
  /** Every status that the OpenAPI document names; a range stands for two of its members. */
  statuses: number[]
}

interface OpenApi {
  paths: Record<string, { post: { operationId: OperationId; requestBody: { content: Content }; responses: object } }>
  components: { schemas: Record<string, Schema> }
}
type Content = Record<'application/json', { schema: { $ref: string }; examples: Record<string, { value: Json }> }>

export const specFile = new URL('../../../../spec/openapi.yaml', import.meta.url)
const document = parse(readFileSync(specFile, 'utf8')) as OpenApi

/** The operations as the OpenAPI document describes them: whatever changes there changes what the tests ask. */
export const operations: Operation[] = Object.entries(document.paths).map(([path, { post }]) => {
  const { schema, examples } = post.requestBody.content['application/json']
  return {
    id: post.operationId,
    method: methodOf(post.operationId),
    environment: methodOf(post.operationId) === post.operationId ? 'test' : 'production',
    path,
    schema: document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? { type: 'missing' },
    examples: Object.fromEntries(Object.entries(examples).map(([name, { value }]) => [name, value])),
    statuses: Object.keys(post.responses).flatMap((status) =>
      /^\dXX$/.test(status) ? [Number(status[0]) * 100, Number(status[0]) * 100 + 3] : [Number(status)],
    ),
  }
})

function methodOf(id: OperationId): Method {
  return id.replace(/InProduction$/, '') as Method
}

export function firstExample({ id, examples }: Operation): Json {
  const [example] = Object.values(examples)
  if (example === undefined) throw new Error(`${id} has no example`)
  return example
}

/** The client's own judgement of a body. */
export function validate(id: OperationId, body: unknown): Violation[] {
  const method = methodOf(id)
  const name = `validate${method.charAt(0).toUpperCase()}${method.slice(1)}`
  const judge = (client as unknown as Record<string, ((body: unknown) => Violation[]) | undefined>)[name]
  if (judge === undefined) throw new Error(`The client exports no ${name}`)
  return judge(body)
}

/** One request through the generated client. */
export async function sendByClient(server: { url: string; token?: string }, id: OperationId, body: Json) {
  return createEventsClient({ baseUrl: server.url, token: server.token ?? 'contract-token' }).POST(operationPaths[id], {
    body: body as never,
  })
}

/** Calls of the SDK with the fields of each operation: one has to be written once the OpenAPI document has one more. */
const methods: Record<Method, (tracker: EventTracker, body: Json) => Delivery> = {
  identifyCustomer: (tracker, body) => {
    const { customer_id, ...customer } = body as unknown as IdentifyCustomer
    return tracker.identifyCustomer(customer_id, customer)
  },
  trackEvent: (tracker, { customer_id, event, ...details }) =>
    tracker.trackEvent(String(customer_id), String(event), details),
}

/** The same body through the SDK. */
export function sendBySdk(tracker: EventTracker, id: OperationId, body: Json): Delivery {
  return methods[methodOf(id)](tracker, body)
}
