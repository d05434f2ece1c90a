import { expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { exposed } from '../support/exposure.ts'
import { answer, head } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

async function leaks(token: string, middle: string, echo: string): Promise<string[]> {
  await using server = await scripted([answer(400, echo)])
  const options: TrackerOptions = { token, baseUrl: server.url, onError: () => undefined }
  const settlement = await new EventTracker(options).trackEvent('user123', 'x').settled()
  return exposed(settlement).filter((text) => text.includes(middle))
}

const base64 = 'ab/s3cr3t+0815=='
test.each([
  ['by Python’s urllib.parse.quote, which leaves the slash', 'ab/s3cr3t%2B0815%3D%3D'],
  ['by encodeURI', encodeURI(base64)],
])('base64 escaped for an address %s is redacted', async (_, form) => {
  expect(await leaks(base64, 's3cr3t', `/events/test?token=${form}`)).toEqual([])
})

test.each([
  ['by Go and Rails in JSON', 'a\\u0026s3cr3t\\u003cb\\u003e'],
  ['in HTML', 'a&amp;s3cr3t&lt;b&gt;'],
])('a token with & and < escaped %s is redacted', async (_, form) => {
  expect(await leaks('a&s3cr3t<b>', 's3cr3t', `bad token ${form}`)).toEqual([])
})

test('a token that the end of a cut body cuts too leaves nothing of it', async () => {
  const steps = [
    { send: `${head(400, { 'Content-Length': 1_000 })}bad token ${base64.slice(0, 12)}` },
    { finish: 'close' } as const,
  ]
  await using server = await scripted([{ steps }])
  const tracker = new EventTracker({ token: base64, baseUrl: server.url, onError: () => undefined })
  expect(exposed(await tracker.trackEvent('user123', 'x').settled()).filter((text) => text.includes('s3cr3t'))).toEqual(
    [],
  )
})

test('properties whose getter fails with the token in its error do not give it away', async () => {
  const token = base64
  const tracker = new EventTracker({ token, baseUrl: 'http://127.0.0.1:9', onError: () => undefined })
  const get = (): never => {
    throw new Error(`GET /session with Bearer ${token} failed`)
  }
  const properties = Object.defineProperty({}, 'plan', { enumerable: true, get })
  const traits = Object.defineProperty({ email: 'x', properties: {} }, 'name', { enumerable: true, get })
  for (const given of [{ name: 'x', email: 'x', properties }, traits]) {
    const settlement = await tracker.identifyCustomer('user123', given).settled()
    expect(exposed(settlement).filter((text) => text.includes('s3cr3t'))).toEqual([])
  }
})
