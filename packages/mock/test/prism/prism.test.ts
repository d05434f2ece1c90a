import prism from '@stoplight/prism-http'
import { beforeAll, describe, expect, test } from 'vitest'
import { packagedDocument } from '../../src/prism/packaged-document.ts'
import { configOf, silent } from '../../src/prism/translate.ts'
import { identify, post, sharedMock, track } from '../calls.ts'

/** Answer of Prism itself to the same request, without anything of ours in between. */
type Resources = Awaited<ReturnType<typeof prism.getHttpOperationsFromSpec>>
let resources: Resources = []
const instance = prism.createInstance(configOf(), { logger: silent })
beforeAll(async () => {
  resources = await prism.getHttpOperationsFromSpec(packagedDocument())
})
const mock = sharedMock()

interface Said {
  status: number
  type?: string | null
  body?: unknown
  violations?: string[]
}
interface Call {
  path: string
  body: unknown
  headers: Record<string, string>
  code: number | undefined
}

async function sayPrism({ path, body, headers, code }: Call): Promise<Said> {
  const text = JSON.stringify(body)
  const input = {
    method: 'post' as const,
    url: { path, query: {} },
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)), ...headers },
    body,
  }
  const result = await instance.request(input, resources, configOf({ ...(code !== undefined && { status: code }) }))()
  // If the OpenAPI document has no answer, both say so with the same status and each in words of its own.
  if ('left' in result) return { status: (result.left as Error & { status?: number }).status ?? 500 }
  const { output, validations } = result.right
  const made = Object.fromEntries(
    Object.entries(output.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  return {
    status: output.statusCode,
    type: made['content-type'] ?? null,
    body: output.body,
    violations: validations.input.map(({ message }) => message),
  }
}

async function sayMock({ path, body, headers, code }: Call): Promise<Said> {
  const prefer = code === undefined ? {} : { Prefer: `code=${code}` }
  const { authorization = '', ...others } = headers
  const { 'content-type': mediaType = 'application/json', ...rest } = others
  const sent = { Authorization: authorization, 'Content-Type': mediaType, ...rest, ...prefer }
  const { status, headers: answered, text } = await post(mock(), path, JSON.stringify(body), sent)
  const type = answered.get('content-type')
  const exchange = mock().requests.at(-1)
  return {
    status,
    type,
    body: type === 'application/json' ? JSON.parse(text) : text,
    violations: exchange?.violations.map(({ message }) => message) ?? [],
  }
}

const operations = { '/customer/test': identify, '/events/test': track }
const codes = [undefined, 200, 400, 401, 403, 413, 418, 429, 500, 502, 503, 599]
const accepts = ['*/*', 'application/json', 'text/plain', 'application/json;q=0.1, text/plain', 'image/png']
const tokens = { 'a token': 'Bearer secret-token', 'no token': '', 'another scheme': 'Basic dXNlcjpwYXNz' }

function bodiesOf(example: object): Record<string, unknown> {
  return {
    'a proper body': example,
    'an empty object': {},
    'a field of another type': { ...example, customer_id: 5 },
    'an empty field': { ...example, customer_id: '' },
    'an unknown field': { ...example, unknown_key: 1 },
    'a list': [example],
    'a number': 7,
  }
}

const cases = Object.entries(operations).flatMap(([path, example]) =>
  Object.entries(bodiesOf(example)).flatMap(([what, body]) =>
    Object.entries(tokens).map(([who, authorization]) => ({ path, what, body, who, authorization })),
  ),
)

describe('the mock says what Prism says', () => {
  test.each(cases)('to $what with $who at $path, whatever is preferred and accepted', async (about) => {
    const { path, body, authorization } = about
    for (const code of codes) {
      for (const accept of accepts) {
        const call = { path, body, code, headers: { accept, ...(authorization && { authorization }) } }
        const [ours, theirs] = [await sayMock(call), await sayPrism(call)]
        const same = theirs.body === undefined ? { status: ours.status } : { ...ours, ...without401(ours) }
        expect({ code, accept, ...same }).toEqual({ code, accept, ...theirs, ...without401(theirs) })
      }
    }
  })
})

/** Prism's words for a missing token do not say what to send. */
function without401({ status, violations }: Said): { violations?: string[] } {
  if (status !== 401 || violations === undefined) return {}
  return { violations: violations.filter((message) => !/^(Invalid security scheme|Send Authorization)/.test(message)) }
}

describe('it differs from Prism where its page says so', () => {
  const call = { path: '/events/test', body: track, code: undefined, headers: { authorization: 'Bearer secret-token' } }

  test('the scheme of the token may be written in lower case', async () => {
    const lower = { ...call, headers: { authorization: 'bearer secret-token' } }
    expect([(await sayMock(lower)).status, (await sayPrism(lower)).status]).toEqual([200, 401])
  })

  test('a media type that is not in the OpenAPI document gets a 415 and not its 400', async () => {
    const plain = { ...call, headers: { ...call.headers, 'content-type': 'text/plain' } }
    expect([(await sayMock(plain)).status, (await sayPrism(plain)).status]).toEqual([415, 400])
  })

  test('a header without an example is left out and not made up', async () => {
    const input = { method: 'post' as const, url: { path: call.path }, headers: call.headers, body: track }
    const result = await instance.request(input, resources, configOf({ status: 503 }))()
    expect('right' in result && result.right.output.headers).toMatchObject({ 'Retry-After': 'string' })
    const ours = await post(mock(), call.path, JSON.stringify(track), { Prefer: 'code=503' })
    expect([ours.status, ours.headers.get('retry-after')]).toEqual([503, null])
  })
})
