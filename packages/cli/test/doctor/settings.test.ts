import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { examined, statuses, token } from './examined.ts'

test('all well: every check says so, in the order in which one stands on the other', async () => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--base-url ${mock.url}`)
  expect(code).toBe(0)
  expect(statuses(checks)).toEqual({
    token: 'ok',
    variables: 'ok',
    sending: 'ok',
    environment: 'ok',
    // The mock is no provider, which is told.
    server: 'warning',
    proxy: 'ok',
    name: 'ok',
    connection: 'ok',
    tls: 'ok',
    api: 'ok',
    clock: 'ok',
    access: 'ok',
  })
})

test.each([
  ['', /is not set|is blank/],
  ['two words', /a space/],
])('without a usable token (%j) it says what to set, and ends with 3', async (value, problem) => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--base-url ${mock.url}`, { EVENT_TRACKING_AUTH_TOKEN: value })
  expect(code).toBe(3)
  expect(checks['token']).toMatchObject({ status: 'failure', message: expect.stringMatching(problem) as string })
  expect(checks['token']?.advice).toMatch(/--dotenv \.env/)
  expect(checks['api']?.status).toBe('ok')
  expect(checks['access']).toMatchObject({ status: 'skipped', message: 'Not checked, because of token.' })
})

test.each([
  ['your_auth_token_here', /sample of the guide/],
  ['"quoted"', /is in quotes/],
])('a token that is probably meant otherwise is pointed out', async (value, message) => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--base-url ${mock.url}`, { EVENT_TRACKING_AUTH_TOKEN: value })
  expect(code).toBe(0)
  expect(checks['token']).toMatchObject({ status: 'warning', message: expect.stringMatching(message) as string })
})

test('it tells where each setting came from: a file, the environment, an option, or the default', async () => {
  await using mock = await startMock()
  using place = new Workplace({ EVENT_TRACKING_BASE_URL: mock.url })
  writeFileSync(
    place.path('local.env'),
    `EVENT_TRACKING_AUTH_TOKEN=${token}\nEVENT_TRACKING_BASE_URL=http://127.0.0.1:9\n`,
  )
  const { stdout } = await place.run('obsidian-events doctor --dotenv local.env --environment production')
  expect(stdout).toMatch(/✓ token +Set, from local\.env/)
  expect(stdout).toMatch(/✓ sending +On, by default/)
  expect(stdout).toMatch(/✓ environment +production, by --environment/)
  expect(stdout).toContain(`${mock.url}, from the environment`)
  expect(stdout).toMatch(/Production was not asked/)
  expect(stdout).not.toContain(token)
})

test('NODE_ENV=production without a chosen environment is pointed out', async () => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--base-url ${mock.url}`, { NODE_ENV: 'production' })
  expect(code).toBe(0)
  expect(checks['environment']).toMatchObject({ status: 'warning', facts: { environment: 'test' } })
})

test.each([
  ['environment', { EVENT_TRACKING_ENVIRONMENT: 'staging' }, /must be 'test' or 'production'/],
  ['sending', { EVENT_TRACKING_ENABLED: 'no' }, /must be 'true' or 'false'/],
  ['server', { EVENT_TRACKING_BASE_URL: 'events.example' }, /must be an http or https address/],
  ['server', { EVENT_TRACKING_BASE_URL: 'http://events.example' }, /shows the token to everybody/],
])('an impossible setting of %s is a failure of the configuration', async (name, env, message) => {
  const { code, checks } = await examined('', { EVENT_TRACKING_BASE_URL: 'http://127.0.0.1:9', ...env })
  expect(code).toBe(3)
  expect(checks[name]).toMatchObject({
    status: 'failure',
    message: expect.stringMatching(message) as string,
    advice: expect.stringMatching(/^Set EVENT_TRACKING_/) as string,
  })
})

test.each(['http://localhost:9', 'http://127.0.0.1:9', 'http://[::1]:9'])(
  'a base URL such as %s is told to be a server on this machine',
  async (url) => {
    const { checks } = await examined('', { EVENT_TRACKING_BASE_URL: url })
    expect(checks['server']).toMatchObject({
      status: 'warning',
      message: `${url}, from the environment: this is a server on this machine, not the provider.`,
      advice: expect.stringMatching(/^For the provider leave out EVENT_TRACKING_BASE_URL;/) as string,
    })
    expect((await examined(`--base-url ${url}`)).checks['server']?.advice).toMatch(/leave out --base-url;/)
  },
)

test('a variable that no setting has is told, with the one that was perhaps meant', async () => {
  const { code, checks } = await examined('--base-url http://127.0.0.1:9', {
    EVENT_TRACKING_AUTH_TOKN: 'any-secret',
    EVENT_TRACKING_COLOUR: 'blue',
  })
  expect(code).toBe(1)
  expect(checks['variables']).toMatchObject({
    status: 'warning',
    message:
      'EVENT_TRACKING_AUTH_TOKN (from the environment), EVENT_TRACKING_COLOUR (from the environment) are no settings, and are not read.',
    advice: expect.stringMatching(/^Did you mean EVENT_TRACKING_AUTH_TOKEN\? The settings are /) as string,
  })
  const short = await examined('--base-url http://127.0.0.1:9', {
    EVENT_TRACKING_TOKEN: 'any',
    EVENT_TRACKING_URL: 'any',
  })
  expect(short.checks['variables']?.advice).toMatch(
    /^Did you mean EVENT_TRACKING_AUTH_TOKEN and EVENT_TRACKING_BASE_URL\?/,
  )
  expect(JSON.stringify(checks)).not.toContain('any-secret')
})

test('the doctor knows each variable that the packages read', async () => {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root })
  const read = files.flatMap(
    (file) => readFileSync(join(root, file), 'utf8').match(/EVENT_TRACKING_[A-Z]+(?:_[A-Z]+)*/g) ?? [],
  )
  expect(new Set(read).size).toBeGreaterThan(4)
  const env = Object.fromEntries([...new Set(read)].map((name) => [name, '']))
  const { checks } = await examined('--base-url http://127.0.0.1:9', env)
  expect(checks['variables']).toMatchObject({ status: 'ok' })
})

test('EVENT_TRACKING_ENABLED=false is pointed out, and keeps --send from sending', async () => {
  await using mock = await startMock()
  const { code, checks } = await examined(`--send --base-url ${mock.url}`, { EVENT_TRACKING_ENABLED: 'false' })
  expect(code).toBe(0)
  expect(statuses(checks)).toMatchObject({ sending: 'warning', event: 'skipped' })
  expect(mock.good).toEqual([])
})

test('wrong usage ends with 2, a --dotenv that is not there with 3', async () => {
  using place = new Workplace()
  expect((await place.run('obsidian-events doctor --timeout soon')).code).toBe(2)
  expect((await place.run('obsidian-events doctor --dotenv none.env')).code).toBe(3)
})
