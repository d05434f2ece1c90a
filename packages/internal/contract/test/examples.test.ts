import { EventTracker } from '@obsidianlaunch/events'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { firstExample, operations, sendByClient, sendBySdk, validate, type Operation } from './document.ts'

let mock: Mock
beforeAll(async () => void (mock = await startMock()))
afterEach(() => mock.reset())
afterAll(() => mock.close())

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
      return { because: `${field} is ${name}`, body: Object.assign({}, firstExample(operation), { [field]: value }) }
    }),
  )
}

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${mock.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer contract-token' },
    body: JSON.stringify(body),
  })
}

describe.each(operations)('$id', (operation) => {
  const { id, path, environment, examples } = operation

  test.each(Object.entries(examples))(
    'sends the example "%s" of the OpenAPI document as it stands',
    async (_name, example) => {
      const { response } = await sendByClient(mock.url, id, example)
      expect(response.status).toBe(200)
      const tracker = new EventTracker({ token: 'contract-token', baseUrl: mock.url, environment })
      await sendBySdk(tracker, id, example)
      // In the very order of the OpenAPI document, too.
      const text = JSON.stringify(example)
      expect(mock.requests.map((request) => [request.path, request.text, request.violations])).toEqual([
        [path, text, []],
        [path, text, []],
      ])
      expect(validate(id, example)).toEqual([])
    },
  )

  test.each(forbidden(operation))('is refused by client and mock alike when $because', async ({ body }) => {
    const { status } = await post(path, body)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(mock.requests[0]?.violations).not.toEqual([])
    expect(validate(id, body)).not.toEqual([])
  })

  test.each(permitted(operation))('is taken by client and mock alike when $because', async ({ body }) => {
    expect(validate(id, body)).toEqual([])
    expect((await post(path, body)).status).toBe(200)
    expect(mock.requests[0]).toMatchObject({ body, violations: [] })
  })

  test('is refused without a token', async () => {
    const { status } = await fetch(`${mock.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(firstExample(operation)),
    })
    expect(status).toBe(401)
  })
})

test('the OpenAPI document forbids something of every kind, so that the cases above are not empty', () => {
  for (const operation of operations) {
    const reasons = forbidden(operation).map(({ because }) => because)
    for (const kind of ['is missing', 'is empty', 'is null', 'unknown key']) expect(reasons.join()).toContain(kind)
  }
})
