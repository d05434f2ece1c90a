import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigurationError } from '../../src/errors/errors.ts'
import { type TrackerOptions } from '../../src/options/options.ts'
import { decideSettings } from '../../src/options/settings.ts'

const secret = 'obs_s3cret'
const variables = ['EVENT_TRACKING_AUTH_TOKEN', 'EVENT_TRACKING_BASE_URL', 'EVENT_TRACKING_ENABLED'] as const

beforeEach(() => {
  for (const variable of variables) vi.stubEnv(variable, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** Settles on options, with a token unless they have one; callers in JavaScript can pass anything. */
const decide = (options: Record<string, unknown> = {}) => decideSettings({ token: secret, ...options })

/** The text of the ConfigurationError that refuses. */
function refusal(decideThem: () => unknown): string {
  let thrown: unknown
  try {
    decideThem()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(ConfigurationError)
  expect(thrown).toMatchObject({ name: 'ConfigurationError', code: 'configuration', retryable: false, kept: false })
  return (thrown as ConfigurationError).text
}

test('the defaults are those of the documentation', () => {
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', secret)
  expect(decideSettings({})).toEqual({
    token: secret,
    baseUrl: 'https://events.obsidianlaunch.co',
    allowInsecureHttp: false,
    enabled: true,
    environment: 'test',
    missesProduction: false,
    transport: 'auto',
    concurrency: 32,
    maxRetries: Infinity,
    attemptTimeoutMs: 10_000,
    backoff: { baseMs: 500, capMs: 30_000 },
    maxRetryAfterMs: 60_000,
    maxDeliveryMs: 300_000,
    maxAgeMs: 604_800_000,
    queue: { maxEvents: 100_000, maxBytes: 67_108_864, overflow: 'reject' },
    seams: {},
  })
})

test('what is given is used, and a part of a group leaves the rest at its defaults', () => {
  const seams = {
    fetch: async () => new Response(),
    onDelivered: () => undefined,
    onError: () => undefined,
    logger: console,
    clock: { now: () => 0, setTimeout: () => 0, clearTimeout: () => undefined },
  }
  const numbers = { concurrency: 256, maxRetries: 0, attemptTimeoutMs: 1, maxRetryAfterMs: 0, maxDeliveryMs: 1 }
  const settings = decide({ ...numbers, ...seams, backoff: { baseMs: 0 }, queue: { maxEvents: 1 } })
  expect(settings).toMatchObject({ ...numbers, token: secret })
  expect(settings.seams).toEqual(seams)
  expect(settings.backoff).toEqual({ baseMs: 0, capMs: 30_000 })
  expect(settings.queue).toEqual({ maxEvents: 1, maxBytes: 67_108_864, overflow: 'reject' })
})

test('an option that is undefined is as good as left out', () => {
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', secret)
  const names = ['token', 'baseUrl', 'enabled', 'fetch', 'maxRetries', 'backoff', 'queue', 'logger', 'clock', 'onError']
  expect(decide(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(decideSettings({}))
})

const integers: [string, number, number | undefined][] = [
  ['concurrency', 1, 256],
  ['maxRetries', 0, undefined],
  ['attemptTimeoutMs', 1, undefined],
  ['backoff.baseMs', 0, undefined],
  ['backoff.capMs', 0, undefined],
  ['maxRetryAfterMs', 0, undefined],
  ['maxDeliveryMs', 1, undefined],
  ['queue.maxEvents', 1, undefined],
  ['queue.maxBytes', 1, undefined],
]

/** `{ queue: { maxBytes: 1 } }` for `queue.maxBytes` and 1. */
function optionsWith(path: string, value: unknown): Record<string, unknown> {
  const [name = '', inner] = path.split('.')
  return { [name]: inner === undefined ? value : { [inner]: value } }
}

describe.each(integers)('%s', (path, least, most) => {
  const allowed = most === undefined ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`
  const wrong = [least - 1, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '5', true, null, [5], {}, () => 5, 5n]

  test.each(most === undefined ? wrong : [...wrong, most + 1])('refuses %s', (value) => {
    expect(refusal(() => decide(optionsWith(path, value)))).toContain(`${path} must be ${allowed}`)
  })

  test('takes its least and its most', () => {
    expect(() => decide(optionsWith(path, least))).not.toThrow()
    expect(() => decide(optionsWith(path, most ?? Number.MAX_SAFE_INTEGER))).not.toThrow()
  })
})

test.each<[string, string, unknown[]]>([
  ['allowInsecureHttp', 'true or false', ['true', 1, null, {}]],
  ['enabled', 'true or false', ['false', 0, null, []]],
  ['baseUrl', 'text that is not blank', ['', '  ', 5, null, new URL('https://example.com'), {}]],
  ['token', 'text, a function that returns it, or null', [true, {}, [secret], Symbol(secret)]],
  ['fetch', 'a function', ['fetch', null, {}]],
  ['eventNames', "'snake_case'", ['snake', '', null, [], [''], [1], {}, () => true]],
  ['beforeSend', 'a function', ['redact', null, {}]],
  ['waitUntil', 'a function', ['context', null, {}]],
  ['onDelivered', 'a function', ['log', null, {}]],
  ['onError', 'a function', ['log', null, {}]],
  ['logger', 'warn', ['console', null, {}, { warn: 'x', error: 'y' }, () => undefined]],
  ['clock', 'now, setTimeout, clearTimeout', [0, null, {}, { now: () => 0 }, { now: 0, setTimeout, clearTimeout }]],
  ['backoff', 'must be an object', [500, null, 'exponential', [500, 1_000], true]],
  ['queue', 'must be an object', [500, null, 'reject', [], () => undefined]],
  ['queue.overflow', "'reject' or 'drop-oldest' or 'drop-newest'", ['drop', 'block', '', null, true, 1]],
])('%s of a wrong type is named, with what is allowed: %s', (path, allowed, values) => {
  for (const value of values) {
    const message = refusal(() => decide(optionsWith(path, value)))
    expect(message).toContain(path)
    expect(message).toContain(allowed)
    expect(message).not.toContain(secret)
  }
})

test.each(['timeout', 'Token', 'apiKey', 'store', 'before_send', 'transports', 'constructor', '__proto__', ''])(
  'an unknown option is refused, not ignored: %j',
  (name) => {
    const options: unknown = JSON.parse(`{"token":"${secret}","${name}":"${secret}"}`)
    const message = refusal(() => decideSettings(options as TrackerOptions))
    expect(message).toContain(`Unknown option ${name}. Known are: token, baseUrl`)
    expect(message).not.toContain(secret)
  },
)

test('an unknown option in a group is named with its group', () => {
  expect(refusal(() => decide({ backoff: { base: 5 } }))).toContain('Unknown option backoff.base')
  expect(refusal(() => decide({ queue: { max: 5 } }))).toContain('queue.maxEvents, queue.maxBytes, queue.overflow')
})

test('options and groups of them that spreading would empty are refused', () => {
  class Config {
    get token(): string {
      return secret
    }
  }
  const given: object[] = [new Config(), new Map([['token', secret]])]
  for (const options of given) {
    expect(refusal(() => decideSettings(options))).toBe('options must have members of its own: pass a plain object.')
  }
  expect(refusal(() => decide({ backoff: new Map() }))).toMatch(/^backoff must have members of its own/)
})

test.each([null, secret, 5, true, [], () => undefined])('options must be an object, not %s', (options) => {
  const message = refusal(() => decideSettings(options as never))
  expect(message).toMatch(/^options must be an object/)
  expect(message).not.toContain(secret)
})

describe('the token', () => {
  const impossible = ['', '  ', `${secret}\n`, `${secret}\r\nX-Evil: 1`, `a ${secret}`, `${secret}é`, `\u0000${secret}`]

  test('comes from the environment, and an option goes before it', () => {
    vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'from-environment')
    expect(decideSettings({}).token).toBe('from-environment')
    expect(decide().token).toBe(secret)
    expect(decide({ token: null }).token).toBeNull()
    const rotate = () => secret
    expect(decide({ token: rotate }).token).toBe(rotate)
  })

  test('that is missing is an error that says which variable to set', () => {
    expect(refusal(() => decideSettings({}))).toMatch(
      /EVENT_TRACKING_AUTH_TOKEN is not set.*Set EVENT_TRACKING_AUTH_TOKEN/,
    )
  })

  test.each(impossible)('that a header cannot carry is refused and never shown: %j', (token) => {
    for (const fromOption of [true, false]) {
      vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', fromOption ? undefined : token)
      // A null byte ends a variable of the environment, so there the problem may be another one.
      const message = refusal(() => decideSettings(fromOption ? { token } : {}))
      expect(message).toContain(fromOption ? 'The option token' : 'The environment variable EVENT_TRACKING_AUTH_TOKEN')
      expect(message).toMatch(/is blank|line break|not set/)
      expect(message).not.toContain(secret)
    }
  })
})

describe('enabled', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    ['', true],
    [' ', true],
    ['false', false],
    [' False ', false],
  ])('follows the environment: %j', (value, enabled) => {
    vi.stubEnv('EVENT_TRACKING_ENABLED', value)
    expect(decide().enabled).toBe(enabled)
  })

  test.each(['0', 'no', 'off', 'falsch'])('does not guess what was meant: %j', (value) => {
    vi.stubEnv('EVENT_TRACKING_ENABLED', value)
    expect(refusal(decide)).toBe("EVENT_TRACKING_ENABLED must be 'true' or 'false'.")
    expect(decide({ enabled: true }).enabled).toBe(true)
  })

  test('false needs no token and looks at no address', () => {
    vi.stubEnv('EVENT_TRACKING_BASE_URL', 'nonsense')
    expect(decideSettings({ enabled: false })).toMatchObject({ enabled: false, token: null })
    expect(refusal(() => decideSettings({ enabled: false, concurrency: 0 }))).toContain('concurrency')
  })
})

describe('baseUrl', () => {
  test('comes from the environment, and an option goes before it', () => {
    vi.stubEnv('EVENT_TRACKING_BASE_URL', ' https://environment.example/api ')
    expect(decide().baseUrl).toBe('https://environment.example/api')
    expect(decide({ baseUrl: 'https://option.example' }).baseUrl).toBe('https://option.example')
    vi.stubEnv('EVENT_TRACKING_BASE_URL', '  ')
    expect(decide().baseUrl).toBe('https://events.obsidianlaunch.co')
  })

  test.each([
    ['https://example.com/', 'https://example.com'],
    ['https://example.com/api', 'https://example.com/api'],
    ['https://example.com/api///', 'https://example.com/api'],
    ['https://example.com:8443/a/b/', 'https://example.com:8443/a/b'],
    ['HTTPS://EXAMPLE.com', 'https://example.com'],
  ])('may have a path or a trailing slash: %s', (baseUrl, expected) => {
    expect(decide({ baseUrl }).baseUrl).toBe(expected)
  })

  test.each(['nonsense', 'example.com', '/api', 'ftp://example.com', 'javascript:alert(1)', 'https://', 'file:///etc'])(
    'must be an http or https address: %s',
    (baseUrl) => {
      expect(refusal(() => decide({ baseUrl }))).toContain('baseUrl must be an http or https address')
      vi.stubEnv('EVENT_TRACKING_BASE_URL', baseUrl)
      expect(refusal(decide)).toContain('EVENT_TRACKING_BASE_URL must be an http or https address')
    },
  )

  test.each([
    `https://user:${secret}@a.example`,
    `https://${secret}@a.example`,
    `https://a.example?t=${secret}`,
    `https://a.example#${secret}`,
  ])('must not carry more than an address, which is not shown: %s', (baseUrl) => {
    const message = refusal(() => decide({ baseUrl }))
    expect(message).toBe('baseUrl must have no user, password, query or fragment.')
  })

  const loopback = ['localhost:1', 'api.localhost', '127.0.0.1:8080', '127.1', '127.255.0.1', '[::1]:80', 'LOCALHOST']

  test.each(loopback)('may be plain http on this machine: %s', (host) => {
    expect(() => decide({ baseUrl: `http://${host}` })).not.toThrow()
  })

  const elsewhere = [
    'example.com',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'notlocalhost',
    '128.0.0.1',
    '[::2]',
    '0.0.0.0',
    '10.0.0.1',
  ]

  test.each(elsewhere)('may be plain http elsewhere only by name: %s', (host) => {
    const baseUrl = `http://${host}`
    expect(refusal(() => decide({ baseUrl }))).toContain('allowInsecureHttp: true')
    expect(decide({ baseUrl, allowInsecureHttp: true }).baseUrl).toBe(baseUrl)
    expect(() => decide({ baseUrl: `https://${host}` })).not.toThrow()
  })
})

test('an explicit undefined in a group leaves the default', () => {
  expect(decide({ backoff: { baseMs: undefined } }).backoff).toEqual({ baseMs: 500, capMs: 30_000 })
  expect(decide({ queue: { maxEvents: undefined } }).queue.maxEvents).toBe(100_000)
})

test('a token that is a number is not shown either', () => {
  expect(refusal(() => decide({ token: 1_234_567_890 }))).not.toContain('1234567890')
})

test.each(['https://example.com/?', 'https://example.com/#'])('a base URL must end before %s', (baseUrl) => {
  expect(refusal(() => decide({ baseUrl }))).toContain('baseUrl')
})
