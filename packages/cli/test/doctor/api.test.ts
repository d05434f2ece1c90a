import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import { type FaultScript, startMock } from '@obsidianlaunch/events-mock'
import { listen as onLoopback } from '@obsidianlaunch/testkit/listen'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { examined, statuses, token } from './examined.ts'
import { answer, api, listen } from './servers.ts'

test('without --send nothing that the API could keep is sent, and only to the test environment', async () => {
  await using mock = await startMock()
  await examined(`--base-url ${mock.url} --environment production`)
  expect(mock.requests.map(({ path, status, body }) => ({ path, status, body }))).toEqual([
    { path: '/events/test', status: 401, body: {} },
    { path: '/events/test', status: 400, body: {} },
  ])
})

test.each(['test', 'production'])('with --send one event goes to the chosen environment, %s', async (environment) => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--send --base-url ${mock.url} --environment ${environment}`)
  expect(code).toBe(0)
  expect(checks['event']?.message).toBe(`Delivered (200) to ${environment}: doctor_test of obsidian-events-doctor.`)
  expect(mock.good.map(({ path }) => path)).toEqual([environment === 'test' ? '/events/test' : '/events'])
})

test.each<[FaultScript, string, string, RegExp]>([
  [[{ status: 429, retryAfter: 5 }], 'api', 'warning', /too many requests/],
  [[{ status: 503 }], 'api', 'failure', /^It answers: 503: .*try again later/],
  [['hang'], 'api', 'failure', /no answer in time/],
  [['reset'], 'api', 'failure', /connection was cut/],
  [['truncate'], 'api', 'failure', /No answer/],
  [['junk'], 'api', 'failure', /A web page answers/],
  [[{ pass: 1 }, { status: 401 }], 'access', 'failure', /does not know the token/],
  [[{ pass: 1 }, { status: 403 }], 'access', 'failure', /does not permit this/],
  [[{ pass: 1 }, { status: 429 }], 'access', 'warning', /Not proved: 429/],
  [[{ pass: 1 }, { status: 503 }], 'access', 'warning', /Not proved: 503/],
  [[{ pass: 1 }, 'hang'], 'access', 'failure', /no answer in time/],
  [[{ pass: 2 }, { status: 400 }], 'event', 'failure', /400/],
  [[{ pass: 2 }, { status: 503 }], 'event', 'failure', /503/],
  [[{ pass: 2 }, 'reset'], 'event', 'failure', /./],
])('%j is found by %s: %s', async (script, name, status, message) => {
  await using mock = await startMock()
  mock.fail(script)
  const timeout = script.includes('hang') ? '--timeout 10' : ''
  const { code, checks } = await examined(`--send ${timeout} --base-url ${mock.url}`)
  expect(checks[name]).toMatchObject({ status, message: expect.stringMatching(message) as string })
  const isToken = script.some((entry) => typeof entry === 'object' && 'status' in entry && entry.status < 404)
  expect(code).toBe(status === 'warning' ? 0 : isToken && name === 'access' ? 3 : 1)
})

test('a token that is refused keeps the event from being sent', async () => {
  await using server = await listen(answer(401))
  const { code, checks } = await examined(`--send --base-url http://127.0.0.1:${server.port}`)
  expect(code).toBe(3)
  expect(statuses(checks)).toMatchObject({ api: 'ok', access: 'failure', event: 'skipped' })
})

test('an API that judges the content before the token proves nothing, and --send is offered', async () => {
  await using server = await listen(answer(400))
  const { code, checks } = await examined(`--base-url http://127.0.0.1:${server.port}`)
  expect(code).toBe(0)
  expect(checks['access']).toMatchObject({ status: 'warning', advice: expect.stringContaining('--send') as string })
})

test('an API that takes an empty event is told as what it is', async () => {
  await using open = await listen(answer(200, {}, '{}'))
  const first = await examined(`--base-url http://127.0.0.1:${open.port}`)
  expect(statuses(first.checks)).toMatchObject({ api: 'warning', access: 'warning' })
  await using closed = await listen((request, response) =>
    answer(request.headers.authorization === undefined ? 401 : 200)(request, response),
  )
  const second = await examined(`--base-url http://127.0.0.1:${closed.port}`)
  expect(second.checks['access']?.message).toMatch(/token is accepted, but so was an event without customer/)
})

test.each<[string, RequestListener, RegExp]>([
  ['redirects', answer(301, { Location: 'https://events.example/' }), /redirects to https:\/\/events\.example/],
  ['knows no such path', answer(404), /No API at this address: 404/],
  ['shows a page for a log-in', answer(200, { 'Content-Type': 'text/html' }, '<html>'), /A web page answers/],
  ['has a gateway with a page of its own', answer(502, { 'Content-Type': 'text/html' }, '<html>'), /It answers: 502/],
])('a server that %s is not the API, and is not shown the token', async (_, listener, message) => {
  const seen: (string | undefined)[] = []
  await using server = await listen((request, response) => {
    seen.push(request.headers.authorization)
    listener(request, response)
  })
  const { code, checks } = await examined(`--send --base-url http://127.0.0.1:${server.port}`)
  expect(code).toBe(1)
  expect(checks['api']).toMatchObject({ status: 'failure', message: expect.stringMatching(message) as string })
  expect(statuses(checks)).toMatchObject({ clock: 'ok', access: 'skipped', event: 'skipped' })
  expect(seen).toEqual([undefined])
})

test.each([
  // A minute more, as a date has whole seconds and the answer is on its way.
  [-7_260_000, 'warning', /2 h ahead of/],
  [90_000, 'warning', /s behind/],
  [30_000, 'ok', /s behind/],
  // Told in whole seconds: that is none more, and the answer may take one or two on its way.
  [999, 'ok', /As the server's/],
])('a server whose clock differs by %d ms: %s', async (ms, status, message) => {
  await using server = await listen((request, response) => {
    response.setHeader('Date', new Date(Date.now() + ms).toUTCString())
    api(request, response)
  })
  const { checks } = await examined(`--base-url http://127.0.0.1:${server.port}`)
  expect(checks['clock']).toMatchObject({ status, message: expect.stringMatching(message) as string })
})

test('a server that does not tell the time leaves the clock unchecked', async () => {
  await using server = await listen((request, response) => {
    response.sendDate = false
    api(request, response)
  })
  const { checks } = await examined(`--base-url http://127.0.0.1:${server.port}`)
  expect(checks['clock']?.status).toBe('skipped')
})

const echo: RequestListener = (request, response) => {
  const { authorization } = request.headers
  answer(authorization ? 403 : 401, {}, `You sent ${authorization}`)(request, response)
}

test('a token that the API echoes is not shown', async () => {
  await using server = await listen(echo)
  const { checks } = await examined(`--send --base-url http://127.0.0.1:${server.port}`)
  expect(checks['access']?.status).toBe('failure')
})

test('Ctrl-C ends a doctor that waits, with 130', async () => {
  await using server = await onLoopback(createServer())
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: token })
  const child = place.start(`obsidian-events doctor --timeout 600 --base-url http://127.0.0.1:${server.port}`)
  await once(server.server, 'connection')
  await once(server.server, 'connection')
  child.kill('SIGINT')
  await once(child, 'close')
  expect(child.exitCode).toBe(130)
})
