import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { serve } from '@obsidianlaunch/testkit/api'
import { key, RunningRelay, startRelay } from './running.ts'

function workplace(url: string): Workplace {
  return new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'the-project-token', EVENT_TRACKING_BASE_URL: url })
}

/** A signed identity, as a server makes it. */
function signedBy(secret: string, claims: object): string {
  const parts = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  const signature = createHmac('sha256', secret).update(parts.join('.')).digest('base64url')
  return [...parts, signature].join('.')
}

test('a single customer whose events wait is told with the reason, though every request was answered by 200', async () => {
  using place = workplace('http://127.0.0.1:9')
  const relay = await startRelay(place)
  expect((await relay.track('user123', 'button_click')).status).toBe(200)
  expect(await relay.shown('log')).toMatchObject({
    level: 'warn',
    message: expect.stringMatching(/^1 event pending, and tried again: Cannot connect to 127\.0\.0\.1:9/) as string,
  })
  await relay.end('SIGKILL')
})

test('what is wrong with the event of a client is an answer to it, and no word on standard error', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const relay = await startRelay(place)
  await relay.track('user123', 'button_click', { 'idempotency-key': 'click-1' })
  expect((await relay.track('user123', 'other_click', { 'idempotency-key': 'click-1' })).status).toBe(422)
  expect(await relay.end()).toBe(0)
  expect([relay.records('log'), await relay.stderr]).toEqual([[], ''])
})

test('that events are delivered again is told, and once', async () => {
  // Longer than the log looks away.
  const headers = { 'retry-after': '10' }
  await using api = await serve(
    (response) => void response.writeHead(api.arrivals.length > 1 ? 200 : 429, headers).end('{}'),
  )
  using place = workplace(api.url)
  const relay = await startRelay(place)
  const told = () => relay.records('log').map(({ level, message }) => `${String(level)}: ${String(message)}`)
  await relay.track('user123', 'button_click')
  await expect
    .poll(told)
    .toEqual([
      expect.stringMatching(/^warn: .*sending pauses.* Events pending: 1\.$/),
      'info: Events are delivered again.',
    ])
  await relay.track('user123', 'button_click')
  expect(await relay.end()).toBe(0)
  expect(told().filter((line) => line.startsWith('info'))).toHaveLength(1)
})

test('a full disk is told once in a while, and not for each request, by the name of the option', async () => {
  // It never answers, so that nothing else is told meanwhile.
  await using api = await receive(() => undefined)
  using place = workplace(api.url)
  const relay = await startRelay(place, `--outbox events.db --outbox-max-bytes 65536 --key ${key} --drain 0`)
  const statuses: number[] = []
  while (statuses.filter((status) => status === 503).length < 3) {
    statuses.push((await relay.track('user123', `event ${statuses.length} ${'x'.repeat(8_000)}`)).status)
  }
  await relay.end()
  const told = relay.records('log').filter(({ level }) => level === 'error')
  expect(told).toMatchObject([
    { message: expect.stringMatching(/has no space left: .* --outbox-max-bytes is reached/) as string },
  ])
})

test('a secret of signed identities may have blanks, and two stand on two lines', async () => {
  await using api = await receive()
  using place = workplace(api.url)
  const [old, fresh] = [
    'the old one has blanks, and is long enough',
    'the new one has some more of them, as people write',
  ]
  place.env['OBSIDIAN_RELAY_IDENTITY_SECRET'] = `${old}\n${fresh}\n`
  const relay = await startRelay(place, '--outbox events.db --identity-audience web')
  for (const secret of [old, fresh]) {
    const authorization = `Bearer ${signedBy(secret, { sub: 'user123', aud: 'web', exp: Date.now() / 1_000 + 600 })}`
    expect((await relay.track('user123', 'button_click', { authorization })).status).toBe(200)
  }
  expect(await relay.end()).toBe(0)
})

test('the help of relay key has its own options, and none of those of the relay', async () => {
  using place = workplace('http://127.0.0.1:9')
  const { stdout } = await place.run('obsidian-events relay key --help')
  expect(stdout).toContain('--test')
  expect(stdout).not.toContain('--outbox')
})

test.each(['postgres://events@127.0.0.1:9/app', 'postgres://events@db.invalid/app'])(
  'a relay waits for a server that is away, and for its name: %s',
  async (address) => {
    using place = workplace('http://127.0.0.1:9')
    const relay = new RunningRelay(place, `--key ${key} --outbox ${address}`)
    const told = () => relay.records('log').map(({ message }) => String(message))
    await expect.poll(told).toContain(`${address} is not open yet: the database has not answered.`)
    expect(await relay.end()).toBe(0)
    expect(relay.records('started')).toEqual([])
  },
)
