import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { tokenProblem } from '@obsidianlaunch/events-client/core'
import { TokenKeeper } from '../../src/token/token-keeper.ts'

const token = 'obs/"s3cret"+token=='
const forms: [string, string][] = [
  ['plain', token],
  ['escaped as JSON', JSON.stringify(token).slice(1, -1)],
  ['escaped for a URL', encodeURIComponent(token)],
]
const keeper = new TokenKeeper(token)

/** Everything that anybody could see of an error. */
const allOf = (error: unknown): string => inspect(error, { depth: Infinity, showHidden: true })

test.each(['a', 'obs_123', 'A.b-c~d+e/f=', '!"#$%&()*,:;<>?@[]^`{|}'])('%s can be a token', (value) => {
  expect(tokenProblem(value)).toBeUndefined()
})

test.each<[unknown, string]>([
  [undefined, 'is not set'],
  [null, 'is not text'],
  [12_345, 'is not text'],
  ['', 'is blank'],
  [' \n', 'is blank'],
  ['s3cret\n', 'line break'],
  ['s3cret s3cret', 'space'],
  ['\ts3cret', 'header cannot carry'],
  ['s3crét', 'header cannot carry'],
  ['s3cret\u007f', 'header cannot carry'],
])('%j cannot be a token, for a reason that does not show it', (value, reason) => {
  expect(tokenProblem(value)).toContain(reason)
  expect(tokenProblem(value)).not.toMatch(/s3cr|12.?345/)
})

describe('asking', () => {
  test('gives the token, or none where there is to be none', async () => {
    await expect(keeper.ask('user123')).resolves.toBe(token)
    await expect(new TokenKeeper(null).ask('user123')).resolves.toBeNull()
    expect(keeper.rotates).toBe(false)
  })

  test('asks a function every time, whether it answers at once or later', async () => {
    let asked = 0
    const rotating = new TokenKeeper(() => (asked++ % 2 ? Promise.resolve(`later-${asked}`) : `now-${asked}`))
    expect(rotating.rotates).toBe(true)
    expect([await rotating.ask('user123'), await rotating.ask('user123'), await rotating.ask('user123')]).toEqual([
      'now-1',
      'later-2',
      'now-3',
    ])
    await expect(new TokenKeeper(() => null).ask('user123')).resolves.toBeNull()
  })

  test.each([undefined, '', ' ', 's3cret\n', 5, {}])(
    'refuses %j from a function, without showing it',
    async (value) => {
      const rejection = new TokenKeeper(() => value as string).ask('user123')
      await expect(rejection).rejects.toThrow(/^What the token function returned (is|has) /)
      await expect(rejection).rejects.not.toThrow(/s3cret/)
    },
  )

  test('passes on what a function throws or rejects with', async () => {
    const failure = new Error('no vault')
    const throwing = () => {
      throw failure
    }
    await expect(new TokenKeeper(throwing).ask('user123')).rejects.toThrow(/^no vault$/)
    await expect(new TokenKeeper(() => Promise.reject(failure)).ask('user123')).rejects.toThrow(/^no vault$/)
  })
})

describe('text', () => {
  test.each(forms)('loses the token wherever it stands: %s', (_, form) => {
    expect(keeper.redact(`${form} and "${form}"${form}`)).toBe('[redacted] and "[redacted]"[redacted]')
  })

  test('without a token stays as it is', () => {
    expect(keeper.redact('Unauthorized $& $1')).toBe('Unauthorized $& $1')
    expect(new TokenKeeper(null).redact('null')).toBe('null')
    expect(new TokenKeeper(() => 'unasked').redact('unasked')).toBe('unasked')
  })

  test('loses rotated tokens too, since an answer may come late', async () => {
    let turn = 0
    const rotating = new TokenKeeper(() => `secret-${turn++}-token`)
    for (let asked = 0; asked < 8; asked++) await rotating.ask('user123')
    expect(rotating.redact('secret-0-token secret-3-token secret-7-token')).toBe('[redacted] [redacted] [redacted]')
  })

  test('treats nothing in a token as a pattern', () => {
    const odd = new TokenKeeper('a.*$&(b[c')
    expect(odd.redact('axxb a.*$&(b[c')).toBe('axxb [redacted]')
  })
})

describe('foreign errors', () => {
  test.each(forms)('lose the token in every member, and keep what they say: %s', (_, form) => {
    const cause = Object.assign(new Error(`cause ${form}`), { code: 'ECONNREFUSED', request: { headers: form } })
    const first = Object.assign(new TypeError(`failed ${form}`, { cause }), {
      headers: { authorization: `Bearer ${form}` },
      config: { token: form },
    })
    first.stack = `TypeError: failed ${form}\n    at ${form} (file.ts:1:1)`
    const both = new AggregateError([first, form, { secret: form }], `all failed ${form}`)
    const copy = keeper.redactError(both)
    for (const [, spelled] of forms) expect(allOf(copy)).not.toContain(spelled)
    expect(allOf(copy)).not.toContain('s3cret')
    expect(copy).toMatchObject({
      name: 'AggregateError',
      message: 'all failed [redacted]',
      errors: [{ name: 'TypeError', message: 'failed [redacted]', cause: { code: 'ECONNREFUSED' } }, {}, {}],
    })
  })

  test('are copied: the original is left as it was', () => {
    const original = new Error(`failed ${token}`)
    const copy = keeper.redactError(original)
    expect(copy).toBeInstanceOf(Error)
    expect(copy).not.toBe(original)
    expect(original.message).toBe(`failed ${token}`)
    expect(copy.stack).toContain('token.test.ts')
  })

  test('lose the token in name and code', () => {
    const copy = keeper.redactError(Object.assign(new Error('x'), { name: token, code: token }))
    expect(copy).toMatchObject({ name: '[redacted]', code: '[redacted]' })
  })

  test.each<[unknown, string]>([
    [token, '[redacted]'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [Symbol(token), 'Symbol([redacted])'],
    [{ toString: () => token }, '[redacted]'],
    [Object.create(null), 'an error that cannot be read'],
  ])('that are no errors become one: %s', (thrown, message) => {
    expect(keeper.redactError(thrown)).toMatchObject({ name: 'Error', message })
  })

  test('that throw when they are read are an error all the same', () => {
    const throwing = {
      get: () => {
        throw new Error(token)
      },
    }
    for (const member of ['name', 'message', 'stack', 'cause', 'code', 'errors']) {
      const copy = keeper.redactError(Object.defineProperty(new Error('x'), member, throwing))
      expect(copy.message).toBe('an error that cannot be read')
      expect(allOf(copy)).not.toContain('s3cret')
    }
    const revoked = Proxy.revocable(new Error('x'), {})
    revoked.revoke()
    expect(keeper.redactError(revoked.proxy).message).toBe('an error that cannot be read')
    expect(keeper.redactError({ toString: throwing.get }).message).toBe('an error that cannot be read')
  })

  test('with a message that is no text are read as text', () => {
    const copy = keeper.redactError(Object.assign(new Error('x'), { message: 5, name: undefined, code: 7 }))
    expect(copy).toMatchObject({ message: '5', code: '7' })
  })

  test('that are their own cause come to an end', () => {
    const circular = new Error(`round ${token}`)
    circular.cause = circular
    let depth = 0
    for (let error: unknown = keeper.redactError(circular); error instanceof Error; error = error.cause) depth++
    expect(depth).toBeGreaterThan(1)
    expect(depth).toBeLessThan(20)
  })
})

test('a token that is the beginning of another one leaves nothing of it', async () => {
  const tokens = ['abcdefgh', 'abcdefghijk']
  const rotating = new TokenKeeper(() => tokens.shift() ?? null)
  await rotating.ask('user123')
  await rotating.ask('user123')
  expect(rotating.redact('abcdefghijk abcdefgh')).toBe('[redacted] [redacted]')
})

test('escaped slashes and lower-case escapes hide no token', () => {
  const base64 = new TokenKeeper('ab/cd+ef==')
  expect(base64.redact('ab\\/cd+ef== ab%2fcd%2bef%3d%3d')).toBe('[redacted] [redacted]')
})

test('an error whose list of errors throws, or contains itself many times over, is copied as far as it can be', () => {
  const errors = Object.defineProperty([1], 0, { get: () => assert.fail('unreadable') })
  expect(keeper.redactError(Object.assign(new Error('x'), { errors }))).toBeInstanceOf(Error)
  const itself = new AggregateError([], 'all of them')
  for (let n = 0; n < 12; n++) itself.errors.push(itself)
  expect(keeper.redactError(itself).message).toBe('all of them')
})

test('an error of another realm keeps what it says and its cause', () => {
  const foreign: unknown = runInNewContext(
    'Object.assign(new TypeError("no", { cause: new Error("why") }), { code: "X" })',
  )
  expect(keeper.redactError(foreign)).toMatchObject({
    name: 'TypeError',
    message: 'no',
    code: 'X',
    cause: { message: 'why' },
  })
})
