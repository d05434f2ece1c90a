import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ApiError, EventTracker, type TrackerOptions } from '../../src/index.ts'
import { exposed } from '../support/exposure.ts'
import { answer } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

const quick: TrackerOptions = { maxRetries: 0, onError: () => undefined }

async function settled(status: number, body: string, options: TrackerOptions) {
  await using server = await scripted([answer(status, body)])
  return await new EventTracker({ ...quick, baseUrl: server.url, ...options }).trackEvent('user123', 'x').settled()
}

async function dataOf(body: string, token: string): Promise<unknown> {
  const settlement = await settled(200, body, { token })
  return 'receipt' in settlement ? settlement.receipt.data : settlement
}

async function errorOf(body: string, token: string) {
  const settlement = await settled(400, body, { token })
  if (!('error' in settlement && settlement.error instanceof ApiError)) throw new Error('no refusal')
  return settlement.error
}

describe('a token takes nothing out of what is no token', () => {
  test.each(['e', 'true', 'succes', '7654321'])('a short one, %s, is not searched for', async (token) => {
    expect(await dataOf('{"success":true,"id":7654321}', token)).toEqual({ success: true, id: 7_654_321 })
    expect((await errorOf('{"error":"event exists"}', token)).text).toBe(
      'Failed to track event: 400 - {"error":"event exists"}.',
    )
  })

  test.each(['e', 'surrogate', 'character', 'function', 'returned'])(
    'our own words stay, with %s too',
    async (token) => {
      const tracker = new EventTracker({ ...quick, token })
      const settlement = await tracker.trackEvent('user123', 'x', { property: { half: '\uD800' } }).settled()
      expect(inspect(settlement)).toContain('has a lone surrogate (half a character)')
      const blank = await tracker.trackEvent('', '').settled()
      expect(inspect(blank)).not.toContain('[redacted]')
      const tokens = ['x'.repeat(8), token, 'no token']
      const rotating = new EventTracker({
        ...quick,
        token: () => tokens.shift() ?? 'no token',
        fetch: async () => new Response('', { status: 400 }),
      })
      for (let n = 0; n < 2; n++) await rotating.trackEvent('user123', 'x').settled()
      expect(inspect(await rotating.trackEvent('user123', 'x').settled())).toContain(
        'What the token function returned has a',
      )
    },
  )

  test('the end of an answer in words is not taken for the beginning of one', async () => {
    expect(await dataOf('This is only a test', 'test-token-0815')).toBe('This is only a test')
  })
})

describe('a token is taken out of the values and names of an answer, which stays what it was', () => {
  const token = 'true-secret"4711'
  const echo = { ok: true, list: [1, { said: `Bearer ${token}!` }], [token]: null, __proto__: 'no' }

  test('in the data of a receipt', async () => {
    const data = (await dataOf(JSON.stringify(echo), token)) as Record<string, unknown>
    expect(data).toEqual({ ok: true, list: [1, { said: 'Bearer [redacted]!' }], '[redacted]': null })
  })

  test('however JSON escapes it, and with the parsed body in the error', async () => {
    const escaped = Array.from(token, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
    const error = await errorOf(`{"token":"${escaped}","__proto__":{"a":1},"n":1.50}`, token)
    expect(Object.keys(error.body as object)).toEqual(['token', '__proto__', 'n'])
    expect((error.body as { token: string }).token).toBe('[redacted]')
    expect(exposed(error).filter((text) => text.includes('4711') || text.includes(escaped))).toEqual([])
  })

  test('one of digits as a number too', async () => {
    expect(await dataOf('{"token":12345678,"other":123456789}', '12345678')).toEqual({
      token: '[redacted]',
      other: 123_456_789,
    })
  })

  test('of an answer that is nested too deep to look into as well', async () => {
    const deep = `${'['.repeat(20_000)}"s3cr3t-token"${']'.repeat(20_000)}`
    const error = await errorOf(deep, 's3cr3t-token')
    expect(JSON.stringify(error.message)).not.toContain('s3cr3t')
  })

  test('an answer without it is shown as it came', async () => {
    const body = '{"n":12345678901234567890, "path":"C:\\\\x"}'
    expect((await errorOf(body, token)).message).toContain(body)
  })
})

describe('what a server sends is shown without control characters', () => {
  const hostile = 'no\r\nERROR forged line\u001b[2J\u009b31m\u0007\u202egnp\u2028\u0000end'
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

  const fails = async (): Promise<never> => {
    throw Object.assign(new Error(hostile), { code: hostile, name: 'Own\nError' })
  }

  test.each([
    ['text', hostile],
    ['text in a JSON that is formatted', `{\n\t"error": "no",\u2028"x": 1 }`],
  ])('in messages and lines of a log: %s', async (_, body) => {
    const lines: string[] = []
    const logger = { warn: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) }
    const settlement = await settled(400, body, { token: 'secret-token', logger })
    if (!('error' in settlement)) throw new Error('delivered')
    expect(settlement.error.message).not.toMatch(controls)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(controls)
    expect(lines[0]).toContain('no')
  })

  test('but code gets it as it came', async () => {
    expect((await errorOf(hostile, 'secret-token')).body).toBe(hostile)
    expect(await dataOf(JSON.stringify({ said: hostile }), 'secret-token')).toEqual({ said: hostile })
  })

  test('nor does what a fetch or a token function throws show any, as a cause', async () => {
    for (const options of [{ token: 'secret-token', fetch: fails }, { token: fails }]) {
      const settlement = await new EventTracker({ ...quick, ...options }).trackEvent('user123', 'x').settled()
      const cause =
        'error' in settlement ? (settlement.error.cause as Error & { code: string }) : new Error('delivered')
      expect(cause.message).toContain('forged')
      for (const text of [cause.message, cause.name, 'code' in cause ? cause.code : ''])
        expect(text).not.toMatch(controls)
      expect(cause.stack?.split('\n').filter((line) => line.startsWith('ERROR'))).toEqual([])
      expect(inspect(cause)).not.toContain('\u001b')
    }
  })

  test('nor does a refusal of input with the names of fields that users have chosen', async () => {
    const tracker = new EventTracker({ ...quick, token: 'secret-token' })
    const property = { ['a\n\u001b[31mERROR forged']: Number.NaN }
    const settlement = await tracker.trackEvent('user123', 'x', { property }).settled()
    const message = 'error' in settlement ? settlement.error.message : ''
    expect(message).toContain('ERROR forged')
    expect(message).not.toMatch(controls)
  })
})
