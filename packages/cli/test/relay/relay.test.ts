import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { key, RunningRelay, startRelay } from './running.ts'

const token = 'the-project-token'

function workplace(url: string): Workplace {
  return new Workplace({ EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: url })
}

/** Headers of a page of a web app. */
const page = { origin: 'https://app.example.com' }

/** Waits for something that is to become true. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((passed) => setTimeout(passed, 5))
}

test('an event of a web app is stored, answered and delivered with the token that only the relay has', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --key web=${key} --origin ${page.origin}`)
  const answer = await relay.track('user123', 'button_click', { ...page, 'idempotency-key': 'click-1' })
  expect(await answer.json()).toEqual({ id: 'click-1', stored: true })
  expect(answer.headers.get('access-control-allow-origin')).toBe(page.origin)
  await until(() => api.arrivals.length === 1)
  expect(api.arrivals[0]).toMatchObject({
    id: 'click-1',
    body: { customer_id: 'user123', event: 'button_click' },
    headers: { authorization: `Bearer ${token}` },
  })
  expect(await relay.end()).toBe(0)
  expect(relay.records('started')).toMatchObject([{ environment: 'test', outbox: 'events.db', pending: 0 }])
  expect(relay.records('stopped')).toMatchObject([{ accepted: 1, delivered: 1, pending: 0 }])
})

test('each request is a line with the id of its event, and nothing of its customer, its body or its key', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --key web=${key} --origin ${page.origin}`)
  await relay.track('jane@example.com', 'secret_click', { 'idempotency-key': 'click-1' })
  await relay.track('jane@example.com', 'secret_click', { origin: 'https://evil.example' })
  await fetch(`${relay.url}/healthz`)
  expect(await relay.end()).toBe(0)
  const lines = relay.records('request')
  expect(lines).toMatchObject([
    { method: 'POST', path: '/events/test', status: 200, operation: 'trackEvent', id: 'click-1', key: 'web' },
    { status: 403, problem: 'origin', origin: 'https://evil.example' },
  ])
  const printed = JSON.stringify(relay.printed) + (await relay.stderr)
  for (const secret of ['jane', 'secret_click', key, token, '127.0.0.1"']) expect(printed).not.toContain(secret)
})

test('for people the lines are aligned, and what a client sends cannot steer the terminal', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const child = place.start(`obsidian-events relay --port 0 --outbox events.db --key web=${key}`)
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await until(() => printed.includes('origins'))
  const url = /^relay +(http:\S+), to the test environment$/m.exec(printed)?.[1] ?? ''
  const send = async (headers: Record<string, string>): Promise<void> => {
    const outgoing = request(`${url}/events/test`, { method: 'POST', headers })
    outgoing.end(JSON.stringify({ customer_id: 'user123', event: 'button_click' }))
    const [answer] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream]
    answer.resume()
  }
  const json = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': 'click-1' }
  await send(json)
  await send({ ...json, origin: 'https://evil.example\u009B31m' })
  await until(() => printed.includes('evil'))
  child.kill('SIGTERM')
  await once(child, 'close')
  const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`
  const start = String.raw`POST     /events/test {3,}\d+\.\d ms`
  expect(printed).toMatch(new RegExp(`^${time}  200  ${start}  trackEvent        click-1 +key=web$`, 'm'))
  expect(printed).toMatch(new RegExp(`^${time}  403  ${start} +origin  https://evil\\.example.*31m$`, 'm'))
  expect(printed).not.toMatch(/[^\n\P{Cc}]/u)
  expect(printed).toMatch(/^stopped: 1 event delivered, 0 dead letters$/m)
})

test('options come from the environment and from a file, and the command line wins', async () => {
  await using api = await receive()
  using place = new Workplace({
    EVENT_TRACKING_BASE_URL: api.url,
    OBSIDIAN_RELAY_KEY: `web=${key}, ios=pk_live_abcdefghijklmnopqrst`,
    OBSIDIAN_RELAY_BASE_PATH: '/collect',
    OBSIDIAN_RELAY_PORT: 'none of the kind',
  })
  writeFileSync(place.path('.env'), `EVENT_TRACKING_AUTH_TOKEN=${token}\nOBSIDIAN_RELAY_OUTBOX=from-file.db\n`)
  const relay = await startRelay(place, '--dotenv .env --base-path /in')
  expect(relay.url).toMatch(/\/in$/)
  expect(await (await relay.track('user123', 'button_click')).json()).toMatchObject({ stored: true })
  expect(await relay.end()).toBe(0)
  expect(relay.records('started')).toMatchObject([{ outbox: 'from-file.db' }])
  expect(relay.records('request')).toMatchObject([{ path: '/in/events/test', key: 'web' }])
})

test('without an outbox it says so, and each answer is that of the API', async () => {
  await using api = await receive(() => 422)
  using place = workplace(api.url)
  const child = place.start(`obsidian-events relay --port 0 --key ${key}`)
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await until(() => printed.includes('origins'))
  expect(printed).toMatch(/^outbox +none: events wait in memory/m)
  child.kill('SIGTERM')
  await once(child, 'close')
  const relay = await startRelay(place, `--key ${key}`)
  expect((await relay.track('user123', 'button_click')).status).toBe(422)
  expect(await relay.end()).toBe(0)
})

const wrong: readonly [options: string, code: number, sentence: RegExp, env?: Record<string, string>][] = [
  ['--key x', 2, /^--key: Write a publishable key/],
  [`--key ${token}`, 2, /^--key: Write a publishable key, pk_ and at least 16 letters or digits, or label=key\./],
  [`--key a=${key} --key a=${key}x`, 3, /^Two keys have the label a/],
  [`--key ${key} --origin https://app.example.com/`, 2, /^--origin: Write an origin as browsers name it/],
  [`--key ${key} --origin 'https://*.example.com'`, 2, /^--origin: Write an origin/],
  [`--key ${key}`, 3, /^OBSIDIAN_RELAY_ORIGIN: Write an origin/, { OBSIDIAN_RELAY_ORIGIN: 'example.com' }],
  [`--key ${key}`, 3, /^EVENT_TRACKING_AUTH_TOKEN is blank\. Set it/, { EVENT_TRACKING_AUTH_TOKEN: '' }],
  ['', 3, /^Say who may send events: --key/],
  [`--key ${key} --port 99999`, 2, /^--port: Write a whole number from 0 to 65535\.$/m],
  [`--key ${key} --drain soon`, 2, /^--drain: Write seconds/],
  [`--key ${key} --rate-limit fast`, 2, /^--rate-limit: Write requests a second/],
  [`--key ${key} --outbox mysql://a:secret@db/app`, 2, /^--outbox: Write the address of a PostgreSQL database/],
  [`--key ${key} --outbox events.db --schema app`, 3, /^--schema belongs to a database, and --outbox is a file\.$/m],
  [`--key ${key} --outbox postgres://db/app --outbox-wait 3`, 3, /^--outbox-wait belongs to a file/],
  [`--key ${key} --outbox postgres://db/app --schema Events`, 2, /^--schema: Write a name of lower-case letters/],
  [`--key ${key} --outbox none/events.db`, 1, /^The outbox .*none\/events\.db cannot be opened: create its directory/m],
  [`--key ${key} --identity-secret abc`, 2, /^A command line can be read by everybody/],
  [
    `--key ${key} --identity-audience web`,
    3,
    /^Signed identities need their secret: in the variable OBSIDIAN_RELAY_IDENTITY_SECRET/,
  ],
  [`--key ${key} --identity-secret-file none`, 3, /^none does not exist\./],
  [`--key ${key} --identity-audience web`, 3, /at least 32 bytes/, { OBSIDIAN_RELAY_IDENTITY_SECRET: 'short' }],
  [
    `--key ${key}`,
    3,
    /^Signed identities need --identity-audience/,
    { OBSIDIAN_RELAY_IDENTITY_SECRET: 's'.repeat(32) },
  ],
  [`--key ${key} --host 192.0.2.1`, 3, /^--host: 192\.0\.2\.1 is no address of this machine/],
  [`--key ${key} --admin-port 0`, 3, /token must/, { OBSIDIAN_RELAY_ADMIN_TOKEN: 'short' }],
  ['--colour', 2, /unknown option '--colour'/],
]

test.each(wrong)('relay %s ends with code %i and a sentence', async (options, code, sentence, env = {}) => {
  using place = workplace('http://127.0.0.1:9')
  Object.assign(place.env, env)
  const port = options.includes('--port') ? '' : '--port 0'
  const ended = await place.run(`obsidian-events relay ${port} ${options}`)
  expect([ended.code, ended.stdout]).toEqual([code, ''])
  expect(ended.stderr).toMatch(sentence)
  expect(ended.stderr).not.toContain(token)
})

test('a port that is taken is told, and the outbox is left alone', async () => {
  using place = workplace('http://127.0.0.1:9')
  await using other = createServer().listen(0, '0.0.0.0')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, stderr } = await place.run(`obsidian-events relay --port ${port} --outbox events.db --key ${key}`)
  expect([code, stderr]).toEqual([
    3,
    `Port ${port} is taken: end the other program, or choose another --port.\n${see('configuration')}`,
  ])
  expect((await place.run('ls events.db')).code).not.toBe(0)
})

test('a second relay on the same outbox ends with a sentence, and the first one goes on', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place)
  await relay.track('user123', 'button_click')
  const second = await place.run(`obsidian-events relay --port 0 --outbox events.db --outbox-wait 0.1 --key ${key}`)
  expect(second).toMatchObject({ code: 3, stdout: '' })
  expect(second.stderr).toMatch(/^The outbox .*events\.db is in use by another tracker/m)
  expect((await relay.track('user123', 'button_click')).status).toBe(200)
  expect(await relay.end()).toBe(0)
})

test('an outbox that is full is a 503 with Retry-After, nothing is stored that was refused, and what is stored is delivered', async () => {
  let status: number | undefined = 503
  await using api = await receive(() => status)
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --outbox-max-bytes 65536 --key ${key}`)
  const taken: string[] = []
  let refused: Response | undefined
  for (let number = 0; refused === undefined; number++) {
    const answer = await relay.track('user123', `event ${number} ${'x'.repeat(2_000)}`)
    if (answer.status === 200) taken.push(((await answer.json()) as { id: string }).id)
    else refused = answer
  }
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(await refused.json()).toMatchObject({
    status: 503,
    type: expect.stringContaining('/errors/relay/#not-stored') as string,
  })
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(503)
  status = 200
  const delivered = () => [...new Set(api.arrivals.filter(({ id }) => id !== undefined).map(({ id }) => id))]
  await until(() => delivered().length >= taken.length)
  await relay.end()
  expect(delivered()).toEqual(taken)
})

/** Sends from several customers at once until the relay is gone. @returns ids and events that it has acknowledged */
async function flood(relay: RunningRelay, from: number): Promise<{ customer: string; event: string }[]> {
  const acknowledged: { customer: string; event: string }[] = []
  const one = async (customer: string): Promise<void> => {
    for (let number = from; ; number++) {
      try {
        const answer = await relay.track(customer, String(number), { 'idempotency-key': `${customer}-${number}` })
        if (answer.status !== 200) return
        acknowledged.push({ customer, event: String(number) })
      } catch {
        return
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, index) => one(`customer${index}`)))
  return acknowledged
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'whatever a relay has acknowledged when it is ended by %s in the midst of requests, the next one delivers, in order',
  async (signal) => {
    // At first nobody answers, so that what is acknowledged is only stored.
    let isHanging = true
    await using api = await receive((_request, count) => (isHanging && count > 20 ? undefined : 200))
    using place = workplace(api.url)
    const relay = await startRelay(
      place,
      `--outbox events.db --drain 2 --key ${key} --rate-limit off --key-rate-limit off`,
    )
    const flooding = flood(relay, 0)
    await until(() => relay.records('request').length > 200)
    expect(await relay.end(signal)).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL')
    const acknowledged = await flooding
    expect(acknowledged.length).toBeGreaterThan(100)
    isHanging = false
    const before = api.arrivals.length
    const next = await startRelay(place)
    expect(Number(next.records('started')[0]?.['pending'])).toBeGreaterThan(50)
    const seen = () => new Set(api.arrivals.map(({ id }) => id))
    await until(() => acknowledged.every(({ customer, event }) => seen().has(`${customer}-${event}`)))
    expect(await next.end()).toBe(0)
    // What was on its way came again under its own id; the first arrivals of each customer are in order.
    const latest = new Map<string, number>()
    for (const { body } of api.arrivals.slice(before)) {
      const number = Number(body.event)
      expect(number).toBeGreaterThan(latest.get(body.customer_id) ?? -1)
      latest.set(body.customer_id, number)
    }
  },
)

test('a relay that is told to end answers whoever still comes by 503, and a second signal ends it at once', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --key ${key} --drain 600`)
  // A client whose body never ends keeps the relay from ending.
  const { port, hostname } = new URL(relay.url)
  const slow = connect(Number(port), hostname)
  await once(slow, 'connect')
  const head = `POST /events/test HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`
  slow.write(`${head}content-length: 100\r\n\r\n{`)
  await relay.track('user123', 'button_click')
  const ended = relay.end()
  let last = await relay.track('user123', 'button_click')
  while (last.status === 200) last = await relay.track('user123', 'button_click')
  expect(last.status).toBe(503)
  expect([last.headers.get('retry-after'), last.headers.get('connection')]).toEqual(['5', 'close'])
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(503)
  relay.child.kill('SIGTERM')
  expect(await ended).toBe(143)
  slow.destroy()
})

test('a relay that waits for the owner of its outbox ends at once when it is told to', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place)
  const next = new RunningRelay(place, `--outbox events.db --outbox-wait 600 --key ${key}`)
  const { message } = await next.shown('log')
  expect(message).toBe('events.db is not open yet: another process may have to give it up first.')
  expect(await next.end()).toBe(0)
  expect(await relay.end()).toBe(0)
})

test('without an outbox, events that the end of the relay leaves undelivered are told as lost', async () => {
  await using api = await receive(() => undefined)
  using place = workplace(api.url)
  const relay = await startRelay(place, `--key ${key} --drain 0.2`)
  const answer = relay.track('user123', 'button_click')
  await until(() => api.arrivals.length === 1)
  expect(await relay.end()).toBe(1)
  expect((await answer).status).toBe(503)
  expect(relay.records('stopped')).toMatchObject([{ accepted: 1, dropped: 1 }])
})

test('events that were refused to their clients, or erased, are not lost: the relay ends with 0', async () => {
  await using api = await receive((_, count) => (count === 1 ? 422 : 503))
  using place = workplace(api.url)
  const direct = await startRelay(place, `--key ${key} --drain 0`)
  expect((await direct.track('user123', 'button_click')).status).toBe(422)
  expect(await direct.end()).toBe(0)
  const relay = await startRelay(place, `--outbox events.db --key ${key} --admin-port 0 --drain 0`)
  expect((await relay.track('user123', 'button_click')).status).toBe(200)
  const forgotten = await fetch(`${String(relay.records('started')[0]?.['admin'])}/forget`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customerId: 'user123' }),
  })
  expect(await forgotten.json()).toEqual({ forgotten: 1 })
  expect(await relay.end()).toBe(0)
  expect(relay.records('stopped')).toMatchObject([{ accepted: 1, dropped: 1 }])
})

test('the admin listener has metrics and health, apart from the public one', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --key ${key} --admin-port 0`)
  await relay.track('user123', 'button_click')
  const admin = String(relay.records('started')[0]?.['admin'])
  expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(/operation="trackEvent",status="200"/)
  expect((await fetch(`${admin}/readyz`)).status).toBe(200)
  expect((await fetch(`${relay.url}/metrics`)).status).toBe(404)
  expect(await relay.end()).toBe(0)
})

test('relay key makes a publishable key that the relay takes, alone on standard output', async () => {
  using place = workplace('http://127.0.0.1:9')
  const live = await place.run('obsidian-events relay key')
  const made = await place.run('obsidian-events relay key --test')
  expect(live.stdout).toMatch(/^pk_live_[A-Za-z0-9]{24}\n$/)
  expect(made.stdout).toMatch(/^pk_test_[A-Za-z0-9]{24}\n$/)
  expect(live.stderr).toContain('stops nobody who means harm')
  expect(await place.records('obsidian-events relay key --json')).toMatchObject([{ type: 'key', kind: 'live' }])
  const relay = await startRelay(place, `--key ${made.stdout.trim()}`)
  expect(await relay.end()).toBe(0)
})
