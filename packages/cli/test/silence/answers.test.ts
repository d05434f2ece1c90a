import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { serve } from '@obsidianlaunch/testkit/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { manyLines, writeLines } from '../import/files.ts'
import { receive, type Receiver } from '../receiver.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const call = 'obsidian-events track a b'
const importing = 'obsidian-events track --from events.ndjson'
/** The words that a command has said by the time that it names something, which is then enough. */
async function toldUntil(words: string, line: string): Promise<string> {
  const child = at.start(line)
  const told = await at.told(child, words)
  child.kill('SIGKILL')
  await once(child, 'close')
  return told
}
const answering = (text: string) => serve((response) => response.writeHead(200).end(text))

test.each(['test', 'production'])('success names the environment: %s', async (environment) => {
  writeLines(at, 'events.ndjson', manyLines(3))
  const more = `--environment ${environment}`
  expect((await at.run(`${call} ${more}`)).stdout).toContain(`tracked b for a in the ${environment} environment\n`)
  expect(await at.records(`${call} --json ${more}`)).toMatchObject([{ type: 'receipt', environment }])
  expect((await at.run(`${importing} ${more}`)).stdout).toMatch(new RegExp(`^sent to +${environment}$`, 'm'))
  expect(await at.records(`${importing} --json --resume ${more}`)).toMatchObject([{ type: 'totals', environment }])
})

test('a web page in place of an answer, as a captive portal gives it, is a warning', async () => {
  await using portal = await answering('<!doctype html><html><body>Log in</body></html>')
  at.env['EVENT_TRACKING_BASE_URL'] = portal.url
  const { code, stdout, stderr } = await at.run(call)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^A web page has answered, not the API/) as string,
  })
  expect(stdout).toMatch(/^! tracked/)
  expect(await at.records(`${call} --json`)).toMatchObject([{ warning: expect.stringContaining('web page') as string }])
})

describe('a network that begins to want a log-in in the middle of a file', () => {
  const page = '<!doctype html><html><body>Log in</body></html>'
  let isLoggedIn = false
  const network = () =>
    serve((response, { body: { event } }) => {
      if (!isLoggedIn && passed.length >= 500) return response.writeHead(200).end(page)
      passed.push(event)
      return response.writeHead(200).end('{}')
    })
  let passed: unknown[] = []
  beforeEach(() => {
    isLoggedIn = false
    passed = []
    writeLines(at, 'events.ndjson', manyLines(3_000))
  })

  test('stops it, and --resume sends what only a web page has answered', async () => {
    await using server = await network()
    at.env['EVENT_TRACKING_BASE_URL'] = server.url
    const { code, stdout, stderr } = await at.run(importing)
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /A web page has answered, not the API: .* Mend that, then go on: obsidian-events track --from events\.ndjson --resume See \S+\/errors\/api\/ $/,
    )
    expect(stdout).toMatch(/^delivered +\d+\nweb pages +\d+ .*\nrejected +0\nnot sent +[\d,]+ /m)
    expect(code).toBe(1)
    expect(server.arrivals.length).toBeLessThanOrEqual(500 + 2 * 32)
    isLoggedIn = true
    expect(await at.records(`${importing} --resume --json`)).toMatchObject([{ lines: 3_000, delivered: 3_000 }])
    // One whose answer came too late for the end of the first run may come again.
    expect(new Set(passed).size).toBe(3_000)
  })

  test('rejects the lines that its outbox takes for delivered, so that none is lost in silence', async () => {
    await using server = await network()
    at.env['EVENT_TRACKING_BASE_URL'] = server.url
    const more = '--outbox imports.db --rejects rejects.ndjson --json'
    const [totals, error] = await at.records(`${importing} ${more}`)
    const pages = Number(totals?.['webPages'])
    expect(pages).toBeGreaterThan(0)
    expect(totals).toMatchObject({ rejected: pages, complete: false })
    expect(error).toMatchObject({ type: 'error', code: 'api', exitCode: 1 })
    const rejects = readFileSync(at.path('rejects.ndjson'), 'utf8').trim().split('\n')
    expect(rejects).toHaveLength(pages)
    expect(rejects[0]).toContain('the outbox takes the event for delivered: send this line again without --outbox')
    isLoggedIn = true
    const [after] = await at.records(`${importing} ${more} --resume`)
    expect(after).toMatchObject({ lines: 3_000, pending: 0, rejected: pages })
    const again = rejects.map((line) => (JSON.parse(line) as { input: string }).input)
    writeLines(at, 'again.ndjson', again)
    expect(await at.run('obsidian-events track --from again.ndjson')).toMatchObject({ code: 0 })
    expect(new Set(passed).size).toBe(3_000)
  })
})

describe('an answer is shown, never trusted', () => {
  test.each(['', ' --json'])('32,000 nested brackets%s', async (more) => {
    await using deep = await answering('['.repeat(32_000) + ']'.repeat(32_000))
    at.env['EVENT_TRACKING_BASE_URL'] = deep.url
    expect(await at.run(call + more)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('…') as string,
    })
  })

  test('with --json what steers a terminal or turns text is written as an escape, of a server as of a file', async () => {
    const hostile = '\u001B[31m \u009B31m \u2028 \u2029 \u202E \u2066 \u200F \u007F'
    await using server = await answering(JSON.stringify({ hostile }))
    at.env['EVENT_TRACKING_BASE_URL'] = server.url
    writeFileSync(at.path('events.ndjson'), `junk ${hostile}\n`)
    const lines = [
      `${call} --json`,
      `${importing} --json --rejects rejects.ndjson`,
      `${importing} --json --restart --rejects -`,
    ]
    const outputs = await Promise.all(lines.slice(0, 1).map((line) => at.run(line)))
    for (const line of lines.slice(1)) outputs.push(await at.run(line))
    for (const { stdout } of outputs) {
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
    }
    expect(JSON.parse(outputs[0]?.stdout ?? '')).toMatchObject({ data: { hostile } })
    expect(JSON.parse(outputs[2]?.stdout.split('\n')[0] ?? '')).toMatchObject({
      type: 'reject',
      input: `junk ${hostile}`,
    })
  })
})

test.runIf(existsSync('/dev/full'))('a full standard output is told, after the event was delivered', async () => {
  for (const line of [`${call} > /dev/full`, `${call} --json > /dev/full`]) {
    const { code, stderr } = await at.run(line)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^Standard output cannot be written: the disk is full\. .* what it did is done\.\n$/,
      ) as string,
    })
  }
  expect(api.arrivals).toHaveLength(2)
  writeLines(at, 'events.ndjson', manyLines(100))
  expect(await at.run(`${importing} > /dev/full`)).toMatchObject({ code: 1 })
  expect(api.arrivals).toHaveLength(102)
})

test.runIf(existsSync('/dev/full'))('a full standard output is a failure of every command, at the least', async () => {
  const commands = ['help', 'doctor', 'doctor --json', 'relay key', 'outbox sql', 'completion bash', 'mock --help']
  for (const command of commands) {
    const { code, stderr } = await at.run(`obsidian-events ${command} > /dev/full`)
    expect({ command, isFailure: code !== 0, stderr }).toEqual({
      command,
      isFailure: true,
      stderr: expect.stringContaining('Standard output cannot be written: the disk is full.') as string,
    })
  }
})

test.each([
  [401, 'check EVENT_TRACKING_AUTH_TOKEN'],
  [403, 'EVENT_TRACKING_AUTH_TOKEN'],
  [404, '--base-url'],
  [302, '--base-url'],
])('a refusal of everything names the next step, in whole sentences: %i', async (status, step) => {
  await using refusing = await serve((response) => response.writeHead(status, { location: '/' }).end('no'))
  at.env['EVENT_TRACKING_BASE_URL'] = refusing.url
  expect((await at.run(call)).stderr).toContain(step)
  writeLines(at, 'events.ndjson', manyLines(3))
  const { stderr } = await at.run(importing)
  expect(stderr).toContain(step)
  expect(stderr).toMatch(/[.] Stopped, and the place is kept\. Mend that, then go on:$/m)
})

test('a server that never answers is told to have had the time that it had', async () => {
  await using hanging = await serve(() => undefined)
  at.env['EVENT_TRACKING_BASE_URL'] = hanging.url
  const { stderr } = await at.run(`${call} --timeout 8`)
  expect(stderr).toMatch(
    /^No answer from \S+ within 8 s after 1 attempt\. The event may have arrived\. Given up after 8 s\./m,
  )
})

describe('plain http to another machine', () => {
  const line = `${call} --base-url http://mock.invalid:4010`
  const noSuchHost = 'Cannot connect to mock.invalid:4010: no such host'

  test('is refused with the option that allows it, and allowed by that or by a variable', async () => {
    expect(await at.run(line)).toMatchObject({
      code: 3,
      stderr: `--base-url uses http, which shows the token to everybody on the way. Use https, or allow it with --allow-insecure-http.\n${see('configuration')}`,
    })
    expect(await toldUntil(noSuchHost, `${line} --allow-insecure-http`)).toMatch(/^Cannot connect/)
    at.env['EVENT_TRACKING_ALLOW_INSECURE_HTTP'] = 'true'
    expect(await toldUntil(noSuchHost, line)).toMatch(/^Cannot connect/)
    at.env['EVENT_TRACKING_ALLOW_INSECURE_HTTP'] = 'yes'
    expect(await at.run(line)).toMatchObject({
      code: 3,
      stderr: `EVENT_TRACKING_ALLOW_INSECURE_HTTP must be true or false.\n${see('configuration')}`,
    })
  })

  test('is a warning of the doctor', async () => {
    const { stdout } = await at.run(
      'obsidian-events doctor --timeout 1 --base-url http://mock.invalid:4010 --allow-insecure-http',
    )
    expect(stdout).toMatch(/^! server .*http:\/\/mock\.invalid:4010, by --base-url: plain http/m)
  })
})

test('--dotenv takes what is of this command and of proxies, and nothing that switches off the checks of certificates', async () => {
  const { certificate } = await import('@obsidianlaunch/testkit/certificates')
  const { createServer } = await import('node:https')
  const server = createServer(await certificate(), (_request, response) => response.end('{}'))
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  writeFileSync(at.path('.env'), 'NODE_TLS_REJECT_UNAUTHORIZED=0\nEVENT_TRACKING_AUTH_TOKEN=other\n')
  const told = await toldUntil('It is tried again', `${call} --base-url https://127.0.0.1:${port} --dotenv .env`)
  server.close()
  expect(told).toMatch(/its certificate is self-signed/)
})

describe('a message names no option that the command does not have', () => {
  test.each([
    ['a token that is refused', 401, {}],
    ['a redirect', 302, {}],
    ['an address that is none', 200, { EVENT_TRACKING_BASE_URL: 'nonsense' }],
    ['plain http', 200, { EVENT_TRACKING_BASE_URL: 'http://mock.invalid' }],
    ['an environment that there is not', 200, { EVENT_TRACKING_ENVIRONMENT: 'staging' }],
    ['a switch that is neither on nor off', 200, { EVENT_TRACKING_ENABLED: 'perhaps' }],
    ['production without a choice', 401, { NODE_ENV: 'production' }],
  ])('%s', async (_what, status, env) => {
    const help = (await at.run('obsidian-events track --help')).stdout
    api.answer = () => status
    Object.assign(at.env, env)
    writeLines(at, 'events.ndjson', manyLines(3))
    for (const line of [`${call} --timeout 1`, importing]) {
      const { code, stderr } = await at.run(line)
      expect(code).not.toBe(0)
      expect(stderr).not.toMatch(/\boptions? [a-z]|\b[a-z]+(Url|Ms|Http|Events|Bytes)\b/)
      for (const [option] of stderr.matchAll(/--[a-z-]+/g)) expect(help).toContain(option)
    }
  })
})

test('after Ctrl-C a call without an answer can be made again as the same event', async () => {
  api.answer = () => undefined
  const child = at.start(`${call} --property path=/a`)
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
  await expect.poll(() => api.arrivals.length).toBe(1)
  child.kill('SIGINT')
  await once(child, 'close')
  expect(child.exitCode).toBe(130)
  const id = api.arrivals[0]?.id ?? ''
  expect(told).toMatch(new RegExp(`\\n {2}${call} --property path=/a --id ${id}\\n$`))
})
