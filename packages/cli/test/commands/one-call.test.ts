import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { writeFileSync } from 'node:fs'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { siteUrl } from '@obsidianlaunch/testkit/pages'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'

const token = 'radioactive-token'
let mock: Mock
let at: Workplace
beforeEach(async () => {
  mock = await startMock()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: mock.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await mock.close()
})

const bodies = () => mock.requests.map(({ body }) => body)

describe('identify', () => {
  test('sends text and typed values, and all that can be said of a customer', async () => {
    const { code, stdout, stderr } = await at.run(
      `obsidian-events identify user123 --name 'John Doe' --email john@example.com --created 2023-06-25 --plan Lite ` +
        `--plan-value 50 --plan-currency GBP --plan-interval monthly --company-name Obsidian ` +
        `--property plan=premium --property seats:=5 --property 'tags:=["a"]' --property url=a=b:=c --property empty=`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^✓ identified user123 in the test environment\n {2}200 in \d+ ms, 1 attempt, id \S+\n/)
    expect(bodies()).toEqual([
      {
        customer_id: 'user123',
        name: 'John Doe',
        email: 'john@example.com',
        created: 1_687_651_200,
        plan: 'Lite',
        planValue: 50,
        planCurrency: 'GBP',
        planInterval: 'monthly',
        companyName: 'Obsidian',
        properties: { plan: 'premium', seats: 5, tags: ['a'], url: 'a=b:=c', empty: '' },
      },
    ])
  })

  test('takes properties from a file or from standard input, below those of the arguments', async () => {
    writeFileSync(at.path('user.json'), '{"plan":"free","seats":1}')
    await at.run('obsidian-events identify a --properties user.json --property plan=premium')
    await at.run(`cat user.json | obsidian-events identify b --properties -`)
    expect(bodies()).toEqual([
      { customer_id: 'a', properties: { plan: 'premium', seats: 1 } },
      { customer_id: 'b', properties: { plan: 'free', seats: 1 } },
    ])
  })
})

describe('track', () => {
  test('sends category and property, under an id of one’s own, to the environment that is chosen', async () => {
    const line = `obsidian-events track user123 'OpenAI API Call' --category Tech --property path=/dashboard --id job-7`
    expect(await at.run(`${line} --environment production`)).toMatchObject({ code: 0, stderr: '' })
    const [exchange] = mock.requests
    expect(exchange?.operation).toBe('trackEventInProduction')
    expect(exchange?.id).toBe('job-7')
    expect(exchange?.body).toEqual({
      customer_id: 'user123',
      event: 'OpenAI API Call',
      category: 'Tech',
      property: { path: '/dashboard' },
    })
  })

  test.each(['--json track user123 button_click', 'track --json user123 button_click'])(
    'prints the receipt as one line of JSON: %s',
    async (args) => {
      const { code, stdout } = await at.run(`obsidian-events ${args}`)
      expect(code).toBe(0)
      expect(stdout.trim().split('\n')).toHaveLength(1)
      expect(JSON.parse(stdout)).toMatchObject({ type: 'receipt', status: 200, attempts: 1, data: expect.anything() })
    },
  )

  test('a failure that can pass is tried again, and one that cannot ends with code 1 and the answer', async () => {
    mock.fail([{ status: 503 }])
    expect(await at.run('obsidian-events track a b')).toMatchObject({ code: 0 })
    mock.fail([{ status: 400 }])
    const { code, stderr, stdout } = await at.run('obsidian-events track a b')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^Failed to track event: 400 - .*\nSee \S+\/errors\/api\/\n$/)
  })

  test('a pause that the API asks for is said; one that is longer than the time to try ends the call at once', async () => {
    mock.fail([{ status: 429, retryAfter: 1 }])
    const { code, stderr } = await at.run('obsidian-events track a b')
    expect(stderr).toMatch(/The API asked to wait \(429\): it is tried again in \d seconds?\.\n/)
    expect(code).toBe(0)
    mock.fail([{ status: 429, retryAfter: 3_600 }])
    const given = await at.run('obsidian-events identify a --id job-7')
    const words = given.stderr.replaceAll(/\s+/g, ' ')
    expect(words).toMatch(
      /The API asked to wait \(429\), for longer than the 30 seconds that are tried \(--timeout\): the next attempt would be in \d\d seconds\. Given up\. To try the same event again: obsidian-events identify a --id job-7 See \S+\/errors\/timeout\/ $/,
    )
    expect(given).toMatchObject({ code: 1, stdout: '' })
    // Not asked again in vain.
    expect(mock.requests).toHaveLength(3)
    mock.fail([{ status: 429, retryAfter: 3_600 }])
    expect(await at.records('obsidian-events track a b --json')).toMatchObject([{ type: 'error', code: 'timeout' }])
  })

  test('a file in the place of the customer is refused with what was meant, and behind -- it is the customer', async () => {
    for (const name of ['customers.csv', 'user123']) writeFileSync(at.path(name), 'customer_id\nuser1\n')
    expect(await at.run('obsidian-events identify customers.csv --plan Lite')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'customers.csv is a file here. `obsidian-events identify --from customers.csv` sends what is in it, `obsidian-events identify --plan Lite -- customers.csv` is for a customer of that name.\n',
    })
    const { stderr } = await at.run('obsidian-events track customers.csv customers.csv')
    expect(stderr).toContain('`obsidian-events track -- customers.csv customers.csv` is for a customer of that name.')
    expect(bodies()).toEqual([])
    expect(await at.run('obsidian-events identify -- customers.csv')).toMatchObject({ code: 0 })
    // Neither one that is not there, nor one that is called as customers are.
    expect(await at.run('obsidian-events identify others.csv')).toMatchObject({ code: 0 })
    expect(await at.run('obsidian-events identify user123')).toMatchObject({ code: 0 })
    expect(bodies().map((body) => (body as { customer_id: string }).customer_id)).toEqual([
      'customers.csv',
      'others.csv',
      'user123',
    ])
  })

  test('what cannot be sent as it is is said in one line', async () => {
    const { code, stderr } = await at.run(`obsidian-events track '' button_click`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Not sent: customer_id must not be empty.\n${see('validation')}`,
    })
    expect(bodies()).toEqual([])
  })
})

describe('settings', () => {
  test('without a token it says what to set and where, with code 3', async () => {
    at.env['EVENT_TRACKING_AUTH_TOKEN'] = ''
    const { code, stderr } = await at.run('obsidian-events track a b')
    expect(code).toBe(3)
    expect(stderr).toBe(
      `EVENT_TRACKING_AUTH_TOKEN is blank. Set it to your project token, or name a file that sets it: --dotenv .env\n${see('configuration')}`,
    )
    const [record] = await at.records('obsidian-events track a b --json')
    expect(record).toMatchObject({
      type: 'error',
      code: 'configuration',
      exitCode: 3,
      help: `${siteUrl}errors/configuration/`,
    })
  })

  test('a .env is read when it is named, and only then; what is set already wins', async () => {
    delete at.env['EVENT_TRACKING_AUTH_TOKEN']
    writeFileSync(at.path('.env'), `EVENT_TRACKING_AUTH_TOKEN=from-file\nEVENT_TRACKING_BASE_URL=http://127.0.0.1:1\n`)
    expect(await at.run('obsidian-events track a b')).toMatchObject({ code: 3 })
    expect(await at.run('obsidian-events track a b --dotenv .env')).toMatchObject({ code: 0 })
    expect(await at.run('obsidian-events track a b --dotenv missing')).toMatchObject({
      code: 3,
      stderr: `missing does not exist.\n${see('configuration')}`,
    })
  })

  test('a refused token is code 3, and is shown nowhere, though the server echoes it', async () => {
    await using echo = await receive()
    echo.answer = () => 401
    at.env['EVENT_TRACKING_BASE_URL'] = echo.url
    const { code, stdout, stderr } = await at.run('obsidian-events track a b')
    expect(code).toBe(3)
    expect(stderr).toMatch(/^Failed to track event: 401 - .*Bearer \[redacted\]/)
    expect(stdout + stderr).not.toContain(token)
  })

  test('where EVENT_TRACKING_ENABLED is false nothing is sent, and it says so', async () => {
    at.env['EVENT_TRACKING_ENABLED'] = 'false'
    const { code, stdout } = await at.run('obsidian-events track a b')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '– nothing sent: EVENT_TRACKING_ENABLED is false\n' })
  })
})

test.each([
  ['trak a b', /unknown command 'trak'\n\(Did you mean track\?\)/],
  ['track a b --jsn', /unknown option '--jsn'\n\(Did you mean --json\?\)/],
  ['track a', /^track needs a customer and an event/],
  ['identify', /^identify needs a customer/],
  ['track a b c', /too many arguments/],
  ['track a b --property seats', /Write name=text/],
  ['track a b --property seats:=five', /five is not JSON/],
  ['track a b --property order:=1524831183200260097', /1524831183200260097 would be rounded: write it as text/],
  ['identify a --created soon', /Write a date/],
  ['track a b --timeout 0', /whole number from 1/],
  ['track a b --environment staging', /Allowed choices are test, production/],
  ['track a b --resume', /^--resume goes only with --from\.$/m],
  ['track --from x --category c', /^--category does not go with --from\.$/m],
  ['track a --from x', /a is one too many/],
  ['track --from x --resume --restart', /cannot be used with option/],
  ['track --from x --resume --dry-run', /keeps no place/],
])('a command line that is wrong gets one message and code 2: %s', async (args, message) => {
  const { code, stdout, stderr } = await at.run(`obsidian-events ${args}`)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

test('properties that are not an object, or not JSON, are refused as such', async () => {
  writeFileSync(at.path('list.json'), '[1]')
  writeFileSync(at.path('junk.json'), 'junk')
  writeFileSync(at.path('order.json'), '{"order":1524831183200260097}')
  expect((await at.run('obsidian-events track a b --properties list.json')).stderr).toMatch(/is not a JSON object/)
  expect((await at.run('obsidian-events track a b --properties junk.json')).stderr).toMatch(/^junk\.json is not JSON/)
  const rounded = `order.json: 1524831183200260097 would be rounded: write it as text, in quotes.\n${see('command-line')}`
  expect((await at.run('obsidian-events track a b --properties order.json')).stderr).toBe(rounded)
  expect((await at.run('obsidian-events track a b --properties .')).stderr).toBe(
    `. is a directory. Give a file.\n${see('command-line')}`,
  )
})

test('Ctrl-C ends a call that has no answer with code 130, and --timeout one that never gets through', async () => {
  await using silent = await receive()
  silent.answer = () => undefined
  at.env['EVENT_TRACKING_BASE_URL'] = silent.url
  const child = at.start('obsidian-events track a b')
  await expect.poll(() => silent.arrivals.length).toBe(1)
  child.kill('SIGINT')
  const [told] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(child.exitCode).toBe(130)
  expect(told).toMatch(
    /^Stopped without an answer: the event may have arrived\. To try the same event again:\n {2}obsidian-events track a b --id \S+\n$/,
  )
  silent.answer = () => 503
  expect(await at.run('obsidian-events track a b --timeout 1')).toMatchObject({ code: 1 })
})

test('a reader that leaves early is no failure', async () => {
  const { code, stderr } = await at.run(`sh -c '{ obsidian-events --help; echo "code $?" >&2; } | true'`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'code 0\n' })
})
