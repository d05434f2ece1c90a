import { EventTracker } from '@obsidianlaunch/events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { firstExample, operations, sendByClient, sendBySdk, validate, type Operation } from './document.ts'
import { type Server, servers } from './servers.ts'

const valuesByType: Record<string, unknown> = {
  string: 'text',
  number: 42,
  boolean: true,
  null: null,
  array: [],
  object: {},
}

/** A value of each type that is not allowed. */
function wrongTypes(type: string | string[]): unknown[] {
  const wrong = Object.entries(valuesByType).filter(([name]) => ![type].flat().includes(name))
  return wrong.map(([, value]) => value)
}

interface Case {
  because: string
  body: unknown
  /** True where a customer or an event has a name of blanks alone. */
  isBlankName?: boolean
}

/** Everything that the schema forbids, each alone in a body that is otherwise the OpenAPI document's example. */
function forbidden(operation: Operation): Case[] {
  const { schema } = operation
  const example = firstExample(operation)
  const cases: Case[] = []
  for (const field of schema.required ?? []) {
    const { [field]: _, ...body } = example
    cases.push({ because: `${field} is missing`, body })
  }
  for (const [field, { type, minLength }] of Object.entries(schema.properties ?? {})) {
    if (minLength !== undefined) cases.push({ because: `${field} is empty`, body: { ...example, [field]: '' } })
    for (const value of wrongTypes(type)) {
      cases.push({ because: `${field} is ${JSON.stringify(value)}`, body: { ...example, [field]: value } })
    }
  }
  if (schema.additionalProperties === false) {
    cases.push({ because: 'it has an unknown key', body: { ...example, unknown_key: 1 } })
  }
  for (const body of wrongTypes(schema.type)) cases.push({ because: `it is ${JSON.stringify(body)}`, body })
  return cases
}

/** Rules that forbid more than an empty text. */
const limits = ['maxLength', 'pattern', 'format', 'enum', 'const']

/** Bodies that the schema allows, though rules of other services would not. */
function permitted(operation: Operation): Case[] {
  const strings = Object.entries(operation.schema.properties ?? {}).filter(
    ([, schema]) => schema.type === 'string' && !limits.some((limit) => limit in schema),
  )
  const values = { 'a space': ' ', 'very long': 'x'.repeat(10_000), 'a control character': '\u0000', 'an emoji': '✅' }
  return strings.flatMap(([field]) =>
    Object.entries(values).map(([name, value]) => {
      const body = Object.assign({}, firstExample(operation), { [field]: value })
      return { because: `${field} is ${name}`, body, isBlankName: value === ' ' && /^(customer_id|event)$/.test(field) }
    }),
  )
}

describe.each(Object.entries(servers))('The %s', (name, start) => {
  let server: Server
  beforeAll(async () => void (server = await start()))
  afterEach(() => {
    server.front.reset()
    server.api.reset()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  function post(path: string, body: unknown, authorization?: string): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) }
    return fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  describe.each(operations)('$id', (operation) => {
    const { id, path, environment, examples } = operation

    test.each(Object.entries(examples))(
      'takes the example "%s" of the OpenAPI document as it stands',
      async (_name, example) => {
        const { response } = await sendByClient(server, id, example)
        expect(response.status).toBe(200)
        const { url: baseUrl, token } = server
        await sendBySdk(new EventTracker({ token, baseUrl, environment }), id, example)
        // In the very order of the OpenAPI document, too.
        const asItStands = [path, JSON.stringify(example), []]
        for (const mock of [server.front, server.api]) {
          await expect.poll(() => mock.requests.length).toBe(2)
          const seen = mock.requests.map((request) => [request.path, request.text, request.violations])
          expect(seen).toEqual([asItStands, asItStands])
        }
        expect(server.front.requests.flatMap(({ answer }) => answer.violations)).toEqual([])
        expect(validate(id, example)).toEqual([])
      },
    )

    test.each(forbidden(operation))('refuses what the client refuses: $because', async ({ body }) => {
      const { status } = await post(path, body, `Bearer ${server.token}`)
      expect(status).toBe(400)
      const [exchange] = server.front.requests
      expect(exchange?.violations).not.toEqual([])
      expect(exchange?.answer.violations).toEqual([])
      expect(validate(id, body)).not.toEqual([])
    })

    test.each(permitted(operation))('takes what the client takes: $because', async ({ body, isBlankName }) => {
      expect(validate(id, body)).toEqual([])
      const { status } = await post(path, body, `Bearer ${server.token}`)
      expect(server.front.requests[0]).toMatchObject({ body, violations: [] })
      // The SDK takes no such name, and a relay has one at its core.
      expect(status).toBe(isBlankName && name === 'relay' ? 422 : 200)
    })

    test('refuses a call without a token', async () => {
      expect((await post(path, firstExample(operation))).status).toBe(401)
      expect(server.front.requests[0]?.answer.violations).toEqual([])
    })
  })
})

test('the OpenAPI document forbids something of every kind, so that the cases above are not empty', () => {
  for (const operation of operations) {
    const reasons = forbidden(operation).map(({ because }) => because)
    for (const kind of ['is missing', 'is empty', 'is null', 'unknown key']) expect(reasons.join()).toContain(kind)
  }
})
