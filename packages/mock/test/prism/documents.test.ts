import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@obsidianlaunch/testkit/api'
import { expect, onTestFinished, test } from 'vitest'
import { type Mock, startMock } from '../../src/index.ts'

/** Starts a mock of a document with these paths, for one test. */
async function mockOf(paths: object, components = {}, upstream?: string): Promise<Mock<object>> {
  const spec = join(tmpdir(), `document-${crypto.randomUUID()}.json`)
  await writeFile(
    spec,
    JSON.stringify({ openapi: '3.1.0', info: { title: 'Another', version: '1' }, paths, components }),
  )
  const mock = await startMock<object>({ spec, upstream })
  onTestFinished(async () => {
    await mock.close()
    await rm(spec)
  })
  return mock
}

interface Said {
  status: number
  type: string | null
  text: string
}

async function ask({ url }: Mock<object>, path: string, init?: RequestInit): Promise<Said> {
  const response = await fetch(url + path, init)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** An operation that answers 200 with this content, by media type. */
function answering(content: object, more: object = {}): object {
  return { responses: { 200: { description: 'ok', content } }, ...more }
}

const saying = (example: unknown, more?: object) => answering({ 'application/json': { example } }, more)
const required = (name: string, schema: object) => ({ name, in: 'path', required: true, schema })

test('a text is in quotes where the answer is JSON, and as it is anywhere else', async () => {
  const json = answering({ 'application/json': { example: 'hello' }, 'application/vnd.api+json': { example: 'hi' } })
  const mock = await mockOf({
    '/json': { get: json },
    '/text': { get: answering({ 'text/html': { example: '<p>' } }) },
  })
  expect(await ask(mock, '/json')).toEqual({ status: 200, type: 'application/json', text: '"hello"' })
  const vendor = await ask(mock, '/json', { headers: { accept: 'application/vnd.api+json' } })
  expect(vendor).toEqual({ status: 200, type: 'application/vnd.api+json', text: '"hi"' })
  expect(await ask(mock, '/text')).toEqual({ status: 200, type: 'text/html', text: '<p>' })
})

test('an example that is null or false is answered', async () => {
  const mock = await mockOf({ '/null': { get: saying(null) }, '/false': { get: saying(false) } })
  expect([(await ask(mock, '/null')).text, (await ask(mock, '/false')).text]).toEqual(['null', 'false'])
})

test('an answer in XML has a tag for each field and each item, and nothing in it can be taken for a tag', async () => {
  const example = { id: 1, tags: ['a', 'b'], owner: { name: 'Tom & <Jerry>' }, gone: null }
  const mock = await mockOf({ '/pet': { get: answering({ 'application/xml': { example } }) } })
  expect(await ask(mock, '/pet')).toEqual({
    status: 200,
    type: 'application/xml',
    text: '<xml><id>1</id><tags>a</tags><tags>b</tags><owner><name>Tom &amp; &lt;Jerry&gt;</name></owner><gone></gone></xml>',
  })
})

test('an XML example that is a text is sent as it is', async () => {
  const mock = await mockOf({ '/pet': { get: answering({ 'application/xml': { example: '<pet id="1"/>' } }) } })
  expect((await ask(mock, '/pet')).text).toBe('<pet id="1"/>')
})

test('an XML body is taken without a look at its fields, but not where it is missing', async () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } }
  const requestBody = { required: true, content: { 'application/xml': { schema } } }
  const mock = await mockOf({ '/pets': { post: saying('made', { requestBody }) } })
  const headers = { 'content-type': 'application/xml' }
  const sent = await ask(mock, '/pets', { method: 'POST', headers, body: '<pet><id>1</id></pet>' })
  const missing = await ask(mock, '/pets', { method: 'POST', headers })
  expect([sent.status, missing.status]).toEqual([200, 422])
  expect(mock.requests.map(({ valid }) => valid)).toEqual([true, false])
})

test('an XML answer of a real server is taken without a look at its fields', async () => {
  await using real = await serve((response) =>
    response.writeHead(200, { 'content-type': 'application/xml' }).end('<a/>'),
  )
  const schema = { type: 'object', required: ['id'] }
  const mock = await mockOf({ '/pet': { get: answering({ 'application/xml': { schema } }) } }, {}, real.url)
  expect((await ask(mock, '/pet')).text).toBe('<a/>')
  expect(mock.requests[0]?.answer.violations).toEqual([])
})

test('a path may have a parameter as a part of a segment', async () => {
  const id = { parameters: [required('id', { type: 'integer' })] }
  const mock = await mockOf({
    '/files/{name}': { get: saying('any name', { parameters: [required('name', { type: 'string' })] }) },
    '/files/{name}.json': { get: saying('a file', { parameters: [required('name', { type: 'string' })] }) },
    '/users/{id}': { get: saying('a user', id) },
    '/users/{id}:activate': { get: saying('activated', id) },
    '/range/{from}-{to}': { get: saying('a range') },
  })
  const paths = ['/files/a.json', '/files/a.xml', '/users/5:activate', '/users/5', '/range/1-2']
  const answers = await Promise.all(paths.map(async (path) => (await ask(mock, path)).text))
  expect(answers).toEqual(['"a file"', '"any name"', '"activated"', '"a user"', '"a range"'])
  expect((await ask(mock, '/users/5%3Aactivate')).text).toBe('"activated"')
  expect((await ask(mock, '/users/x:activate')).status).toBe(422)
  expect((await ask(mock, '/range/12')).status).toBe(404)
})

test('a path with fewer parameters goes before one with more, wherever the OpenAPI document has it', async () => {
  const mock = await mockOf({
    '/{kind}/{id}': { get: saying('any') },
    '/users/{id}': { get: saying('a user') },
    '/users/me': { get: saying('me') },
  })
  const paths = ['/users/me', '/users/5', '/pets/5']
  expect(await Promise.all(paths.map(async (path) => (await ask(mock, path)).text))).toEqual([
    '"me"',
    '"a user"',
    '"any"',
  ])
})

test('a path is found whether its letters are escaped or not, and a % that escapes nothing is a 400', async () => {
  const mock = await mockOf({
    '/two words/{name}': { get: saying('found', { parameters: [required('name', { type: 'string' })] }) },
  })
  const escaped = { get: saying('escaped', { parameters: [required('name', { type: 'string' })] }) }
  const other = await mockOf({ '/two%20words/{name}': escaped })
  expect((await ask(other, '/two%20words/%C3%A4')).text).toBe('"escaped"')
  expect((await ask(mock, '/two%20words/%C3%A4%2Fb')).text).toBe('"found"')
  expect((await ask(mock, '/%74wo%20words/a')).text).toBe('"found"')
  expect((await ask(mock, '/two%20words/100%')).status).toBe(400)
})

test('a slash at the end makes another path, and the 404 says which one there is', async () => {
  const mock = await mockOf({ '/with/': { get: saying('with') }, '/without': { get: saying('without') } })
  expect((await ask(mock, '/with/')).text).toBe('"with"')
  const [one, other] = [await ask(mock, '/with'), await ask(mock, '/without/')]
  expect([one.status, other.status]).toEqual([404, 404])
  expect(one.text).toContain('has no path /with, but /with/')
  expect(other.text).toContain('has no path /without/, but /without')
})

test('a range of media types takes each body within it', async () => {
  const schema = { type: 'object', required: ['id'] }
  const mock = await mockOf({
    '/any': { post: saying('ok', { requestBody: { content: { '*/*': { schema } } } }) },
    '/images': { post: saying('ok', { requestBody: { content: { 'image/*': {} } } }) },
  })
  const post = async (path: string, type: string, body: string) =>
    (await ask(mock, path, { method: 'POST', headers: { 'content-type': type }, body })).status
  expect(await post('/any', 'application/json', '{"id":1}')).toBe(200)
  expect(await post('/any', 'application/json', '{}')).toBe(422)
  expect(await post('/images', 'image/png', 'PNG')).toBe(200)
  expect(await post('/images', 'text/plain', 'PNG')).toBe(415)
})

test('a range of media types answers in the one that the client accepts', async () => {
  const mock = await mockOf({
    '/object': { get: answering({ '*/*': { example: { id: 1 } } }) },
    '/image': { get: answering({ 'image/*': { schema: { type: 'string', example: 'PNG' } } }) },
  })
  const accepting = (path: string, accept: string) => ask(mock, path, { headers: { accept } })
  expect(await ask(mock, '/object')).toEqual({ status: 200, type: 'application/json', text: '{"id":1}' })
  expect(await accepting('/object', 'text/html, application/json')).toMatchObject({ type: 'application/json' })
  expect(await accepting('/object', 'application/xml')).toMatchObject({ text: '<xml><id>1</id></xml>' })
  expect(await accepting('/image', 'image/webp')).toEqual({ status: 200, type: 'image/webp', text: 'PNG' })
  expect((await accepting('/image', 'application/json')).status).toBe(406)
})

test('?__code and ?__example choose the answer, and Prefer goes before them', async () => {
  const examples = { dog: { value: 'Rex' }, cat: { value: 'Tom' } }
  const responses = {
    200: { description: 'ok', content: { 'application/json': { examples } } },
    503: { description: 'down', content: { 'application/json': { example: 'down' } } },
  }
  const mock = await mockOf({ '/pets': { get: { responses } } })
  expect((await ask(mock, '/pets?__example=cat')).text).toBe('"Tom"')
  expect(await ask(mock, '/pets?__code=503')).toMatchObject({ status: 503, text: '"down"' })
  expect((await ask(mock, '/pets?__code=418')).status).toBe(404)
  expect((await ask(mock, '/pets?__example=mouse')).status).toBe(404)
  const preferred = await ask(mock, '/pets?__code=503', { headers: { prefer: 'example=cat' } })
  expect(preferred).toMatchObject({ status: 200, text: '"Tom"' })
})

test('a path / of the OpenAPI document goes before the list of endpoints', async () => {
  const mock = await mockOf({ '/': { get: saying('root') } })
  expect((await ask(mock, '/')).text).toBe('"root"')
  expect(mock.requests).toHaveLength(1)
})

test('a property of which only the name is written down may be anything', async () => {
  const schema = {
    type: 'object',
    properties: { free: null, name: { type: 'string' }, list: { type: 'array', items: null } },
  }
  const requestBody = { content: { 'application/json': { schema } } }
  const mock = await mockOf({
    '/things': { get: answering({ 'application/json': { schema } }), post: saying(1, { requestBody }) },
  })
  expect(await ask(mock, '/things')).toMatchObject({ status: 200, type: 'application/json' })
  const post = (body: object) =>
    ask(mock, '/things', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect((await post({ free: { a: 1 }, name: 'x', list: [1, 'a'] })).status).toBe(200)
  expect((await post({ name: 5 })).status).toBe(422)
})

test('a header whose schema has an example is sent, one that has none is not', async () => {
  const headers = {
    Nonce: { schema: { type: 'string', example: 'abc' } },
    Made: { schema: { type: 'string' } },
  }
  const mock = await mockOf({ '/a': { get: { responses: { 200: { description: 'ok', headers } } } } })
  const response = await fetch(`${mock.url}/a`)
  expect([response.headers.get('nonce'), response.headers.get('made')]).toEqual(['abc', null])
})

test('a 401 that is not in the OpenAPI document says which scheme is wanted', async () => {
  const securitySchemes = { login: { type: 'http', scheme: 'basic' } }
  const mock = await mockOf({ '/a': { get: saying('secret', { security: [{ login: [] }] }) } }, { securitySchemes })
  const { status, headers } = await fetch(`${mock.url}/a`)
  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Basic realm="*"'])
})
