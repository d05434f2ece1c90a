import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { EventTracker, getDefaultTracker, trackEvent, type TrackerOptions } from '../../src/index.ts'
import { exposed } from '../support/exposure.ts'
import { answer, head, type Script, whole } from '../support/script.ts'
import { closedPort, scripted } from '../support/scripted-server.ts'

/** With all that is spelled in other ways somewhere. Whatever its form, the middle stays the same. */
const token = 'obs/"s3cr3t"\\+0815=='
const middle = 's3cr3t'
const json = JSON.stringify(token).slice(1, -1)
const url = encodeURIComponent(token)
const forms: [string, string][] = [
  ['as it is', token],
  ['escaped as JSON', json],
  ['escaped as JSON, with the slash', json.replaceAll('/', '\\/')],
  ['escaped for a URL', url],
  ['escaped for a URL, in lower case', url.replaceAll(/%../g, (escape) => escape.toLowerCase())],
  ['as the header', `Bearer ${token}`],
]

/** A tracker, and all that it tells anybody. */
function talkative(baseUrl: string, options: TrackerOptions = {}): { tracker: EventTracker; told: unknown[] } {
  const told: unknown[] = []
  const tell = (...all: unknown[]): void => void told.push(...all)
  const hooks = { onDelivered: tell, onError: tell, logger: { warn: tell, error: tell } }
  const backoff = { baseMs: 1, capMs: 5 }
  const tracker = new EventTracker({
    token,
    baseUrl,
    maxRetries: 1,
    backoff,
    attemptTimeoutMs: 4_000,
    ...hooks,
    ...options,
  })
  told.push(tracker)
  return { tracker, told }
}

/** Makes both calls, and gives all that was told of them, as far as anybody can see into it. */
async function allThatIsTold(baseUrl: string, options: TrackerOptions = {}): Promise<string[]> {
  const { tracker, told } = talkative(baseUrl, options)
  const traits = { name: 'John Doe', email: 'john@example.com', properties: {} }
  const deliveries = [tracker.identifyCustomer('user1', traits), tracker.trackEvent('user2', 'x')]
  for (const delivery of deliveries) told.push(delivery, await delivery.settled(), delivery)
  told.push(await tracker.flush(), tracker.stats(), await tracker.shutdown())
  const texts = exposed(told)
  expect(texts.length).toBeGreaterThan(100)
  return texts
}

const beforeSend = (): never => {
  throw new Error(`no session for ${token}`)
}

afterEach(() => {
  vi.unstubAllEnvs()
})

test('what is looked through here would be found', () => {
  class Holder {
    get token() {
      return token
    }
  }
  const hidden = Object.defineProperty(new Error('x'), 'config', { value: new Map([[1, { [Symbol('t')]: token }]]) })
  for (const holder of [new Holder(), hidden, { deep: [hidden] }]) expect(exposed(holder).join()).toContain(middle)
})

test('the token is in the Authorization header, and in nothing else that is sent', async () => {
  await using server = await scripted([answer(503), answer(200)])
  await talkative(server.url).tracker.trackEvent('user123', 'x')
  for (const { headers, path, text } of server.received) {
    const { authorization, ...others } = headers
    expect(authorization).toBe(`Bearer ${token}`)
    expect(JSON.stringify([others, path, text])).not.toContain(middle)
  }
})

describe.each(forms)('a server that echoes the token %s tells nobody', (_, form) => {
  test.each([200, 400, 401, 429, 503])('with a %i, in body and headers', async (status) => {
    const headers = { 'X-Request-Id': form, 'WWW-Authenticate': `Bearer error="${form}"`, 'X-Echo': form }
    await using server = await scripted([answer(status, `{"you_sent":"${form}","again":["${form}"]}`, headers)])
    const texts = await allThatIsTold(server.url)
    expect(texts.filter((text) => text.includes(middle))).toEqual([])
    expect(texts.join()).toContain('[redacted]')
  })

  test('with a redirect, which is not followed', async () => {
    await using elsewhere = await scripted([answer(200)])
    for (const status of [301, 302, 303, 307, 308]) {
      const headers = { Location: `${elsewhere.url}/?token=${form}`, 'Content-Length': '0' }
      await using server = await scripted([{ steps: [{ send: head(status, headers) }] }])
      expect((await allThatIsTold(server.url)).filter((text) => text.includes(middle))).toEqual([])
    }
    expect(elsewhere.connections).toBe(0)
  })

  test('in pieces, and with a body that is cut behind it', async () => {
    const steps: Script['steps'] = [
      { send: head(400, { 'Content-Length': 1_000 }) },
      { trickle: `no: ${form} ${form}.`, everyMs: 0 },
      { finish: 'close' },
    ]
    await using server = await scripted([{ steps }])
    expect((await allThatIsTold(server.url)).filter((text) => text.includes(middle))).toEqual([])
  })
})

test.each<[string, Script]>([
  ['resets', { steps: [{ finish: 'reset' }] }],
  ['is silent', { steps: [{ finish: 'silence' }] }],
  ['speaks another protocol', { steps: [{ send: `who are you? ${token}\r\n\r\n` }, { finish: 'close' }] }],
  ['answers with a broken head', { steps: [{ send: `HTTP/1.1 200 OK\r\n${token}\u0000: x\r\n\r\n` }] }],
  ['asks to wait for longer than is allowed', answer(429, token, { 'Retry-After': '3600' })],
])('a server that %s gets nothing out of the tracker', async (_, script) => {
  await using server = await scripted([script])
  const texts = await allThatIsTold(server.url, { maxRetryAfterMs: 20 })
  expect(texts.filter((text) => text.includes(middle))).toEqual([])
})

test('a server that is not there leaves no trace of the token either', async () => {
  const texts = await allThatIsTold(`http://127.0.0.1:${await closedPort()}`)
  expect(texts.join()).toContain('ECONNREFUSED')
  expect(texts.filter((text) => text.includes(middle))).toEqual([])
})

test('a token function that fails with the token in its error does not give it away', async () => {
  await using server = await scripted([answer(503), answer(200)])
  let asked = 0
  const rotate = async (): Promise<string> => {
    if (asked++ === 0) return token
    throw Object.assign(new Error(`no successor of ${token}`, { cause: { token } }), { code: token, config: { token } })
  }
  const texts = await allThatIsTold(server.url, { token: rotate })
  expect(texts.join()).toContain('no successor of [redacted]')
  expect(texts.filter((text) => text.includes(middle))).toEqual([])
})

test('beforeSend that fails with the token in its error does not give it away', async () => {
  await using server = await scripted([answer(200)])
  const texts = await allThatIsTold(server.url, { beforeSend })
  expect(texts.join()).toContain('no session for [redacted]')
  expect(texts.filter((text) => text.includes(middle))).toEqual([])
})

test('the default tracker shows nothing of the token that it read from the environment', async () => {
  await using server = await scripted([{ steps: [{ send: whole(400, `bad token ${token}`) }] }])
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', token)
  vi.stubEnv('EVENT_TRACKING_BASE_URL', server.url)
  const delivery = trackEvent('user123', 'x')
  const told = [getDefaultTracker(), delivery, await delivery.settled(), getDefaultTracker()]
  expect(exposed(told).filter((text) => text.includes(middle))).toEqual([])
  expect(server.received[0]?.headers).toHaveProperty('authorization', `Bearer ${token}`)
  await getDefaultTracker().shutdown()
})

test('what a process prints by itself shows nothing of the token: warnings, and an error that nobody catches', async () => {
  await using server = await scripted([answer(400, `bad token ${token}`, { 'X-Request-Id': token })])
  const source = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  const program = `import { EventTracker, trackEvent } from ${JSON.stringify(source)}
    const tracker = new EventTracker()
    tracker.trackEvent('user123', 'x')
    await tracker.flush({ timeoutMs: 'soon' })
    console.log(tracker, trackEvent('user123', 'x'))
    await tracker.trackEvent('user123', 'x')`
  const env = { PATH: process.env['PATH'], EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: server.url }
  const run = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', program], { env })
  const { stdout, stderr } = await run.then(
    () => expect.unreachable('nobody caught it'),
    (failed: { stdout: string; stderr: string }) => failed,
  )
  expect(stderr).toContain('EventTrackingWarning')
  expect(stderr).toContain('Failed to track event: 400 - bad token [redacted]')
  expect(stdout + stderr).not.toContain(middle)
})
