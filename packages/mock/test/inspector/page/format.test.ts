import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { faultOf } from '../../../src/faults/fault.ts'
import { curlOf } from '../../../src/inspector/page/format/curl.ts'
import { jsonLines } from '../../../src/inspector/page/format/json-lines.ts'
import { cut, inOneLine, visible } from '@obsidianlaunch/page/text'
import { propertyLine } from '../../../src/inspector/page/format/property.ts'
import { notesOf } from '../../../src/inspector/page/format/violation-notes.ts'
import { faultOrder, presets } from '../../../src/inspector/page/store/fault-form.ts'
import { reasonOf } from '../../../src/recording/reason.ts'

/** Arguments that curl would see if a real shell ran the command. */
function argumentsOf(command: string): string[] {
  const script = `curl() { for argument; do printf '%s\\0' "$argument"; done; }\n${command}`
  const env = { EVENT_TRACKING_AUTH_TOKEN: 'secret token' }
  return execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }).split('\0').slice(0, -1)
}

function setInLines(source: string): string[] | undefined {
  return jsonLines(source)?.map(
    ({ depth, name, text, comma }) => `${'  '.repeat(depth)}${name ? `${name}: ` : ''}${text}${comma ? ',' : ''}`,
  )
}

describe('copy as curl', () => {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer …', host: 'x', 'content-length': '3' }
  const request = { method: 'POST', path: '/events/test', headers, text: '{"a":1}' }

  test('is the request, with the token from the environment and without what curl adds itself', () => {
    expect(argumentsOf(curlOf(request, 'http://127.0.0.1:4010'))).toEqual([
      'http://127.0.0.1:4010/events/test',
      '--header',
      'content-type: application/json',
      '--header',
      'authorization: Bearer secret token',
      '--data-raw',
      '{"a":1}',
    ])
  })

  test.each([
    "it's",
    '$(touch /tmp/x) `id` $HOME',
    '"\\\n\n',
    '@/etc/passwd',
    "';'",
    '<img onerror>',
    '\u202eabc',
    '!!',
  ])('keeps %j as it is, whatever a shell would make of it', (text) => {
    expect(argumentsOf(curlOf({ ...request, text }, 'http://x')).at(-1)).toBe(text)
    const hostile = { ...request, headers: { 'x-name': text.replaceAll('\n', ' ') } }
    expect(argumentsOf(curlOf(hostile, 'http://x'))).toContain(`x-name: ${text.replaceAll('\n', ' ')}`)
  })

  test('takes nothing from the shell out of a strange scheme', () => {
    const command = curlOf({ ...request, headers: { authorization: '$(id) …' } }, 'http://x')
    expect(argumentsOf(command)).toContain('authorization: Bearer secret token')
  })

  test('names the method where curl would take another, and stops curl from reading patterns in the path', () => {
    const command = curlOf(
      { method: 'PUT', path: '/a/[1-3]/{b}/../c', headers: { 'x-empty': '' }, text: '' },
      'http://x',
    )
    expect(argumentsOf(command)).toEqual([
      'http://x/a/[1-3]/{b}/../c',
      '--request',
      'PUT',
      '--globoff',
      '--path-as-is',
      '--header',
      'x-empty;',
    ])
  })

  test('sends no media type that was not sent', () => {
    expect(argumentsOf(curlOf({ ...request, headers: {} }, 'http://x'))).toContain('content-type:')
  })
})

describe('JSON in lines', () => {
  test.each(['null', '5', '"a"', '[]', '{}', '{"a":[1,{"b":[]},"c"],"d":{"e":null,"f":{}}}', '[[[]],[{}]]', '{"":""}'])(
    'is what JSON.stringify makes of %s',
    (source) => {
      expect(setInLines(source)?.join('\n')).toBe(JSON.stringify(JSON.parse(source), undefined, 2))
    },
  )

  test('keeps every digit, every duplicate and the order, as they were sent', () => {
    expect(setInLines('{"n":12345678901234567890.10,"n":1E3,"1":true}')).toEqual([
      '{',
      '  "n": 12345678901234567890.10,',
      '  "n": 1E3,',
      '  "1": true',
      '}',
    ])
  })

  test('reads escapes, and spells out what cannot be seen', () => {
    expect(setInLines(String.raw`"\u8a08\u753b \u202eabc \"q\" \\"`)).toEqual([String.raw`"計画 \u202eabc \"q\" \\"`])
  })

  test('knows the way to each line as violations write it', () => {
    expect(jsonLines('{"a":{"b":[{"c":1}]}}')?.map(({ path }) => path)).toEqual([
      '',
      'a',
      'a.b',
      'a.b.0',
      'a.b.0.c',
      'a.b.0',
      'a.b',
      'a',
      '',
    ])
  })

  test('copes with a megabyte of text and a thousand levels', () => {
    expect(jsonLines(JSON.stringify('\\"'.repeat(500_000)))).toHaveLength(1)
    expect(jsonLines('['.repeat(1000) + ']'.repeat(1000))).toHaveLength(1999)
  })

  test('says when it is not JSON', () => {
    expect(jsonLines('{"a":')).toBeUndefined()
  })
})

describe('notes beside a field', () => {
  const lines = jsonLines('{"customer_id":5,"event":"","properties":{"deep":[1]},"x":1}') ?? []
  const notes = (path: string, message: string, location = 'body') => {
    const { beside, missing } = notesOf(lines, [{ location, path, message }])
    const where = ([at, texts]: [number, readonly string[]]) => [lines[at]?.path, ...texts]
    return { beside: [...beside].flatMap(where), missing: [...missing].flatMap(where) }
  }

  test('stand at the field that is wrong, in few words', () => {
    expect(notes('customer_id', 'Request body property customer_id must be string').beside).toEqual([
      'customer_id',
      'must be string',
    ])
    expect(notes('event', 'Request body property event must NOT have fewer than 1 characters').beside).toEqual([
      'event',
      'must not be empty',
    ])
  })

  test('stand at the field that should not be there, and for one that should', () => {
    expect(notes('', "Request body must NOT have additional properties; found 'x'").beside).toEqual([
      'x',
      'is not a field of the OpenAPI document',
    ])
    expect(notes('', "Request body must have required property 'email'").missing).toEqual(['', 'email'])
  })

  test('stand at the nearest level where the field itself is nowhere', () => {
    expect(notes('properties.deep.7.z', 'is wrong').beside).toEqual(['properties.deep', 'is wrong'])
    expect(notes('gone', 'is wrong').beside).toEqual(['', 'is wrong'])
  })

  test('are only about the body', () => {
    expect(notes('authorization', 'missing', 'header')).toEqual({ beside: [], missing: [] })
  })
})

describe('a property in one line', () => {
  const call = { host: 'api.openai.com', method: 'POST', status: 200, durationMs: 843.25 }

  test.each<[string, Record<string, unknown>, string, number | undefined]>([
    ['a call to a vendor as people write one', call, 'POST api.openai.com 200', 843.25],
    [
      'its other fields with their names',
      { ...call, tokens: 5, tags: ['a'] },
      'POST api.openai.com 200 · tokens 5 · tags ["a"]',
      843.25,
    ],
    [
      'every field with its name where there is no host',
      { method: 'card', status: 'paid', durationMs: 5 },
      'method card · status paid',
      5,
    ],
    [
      'a duration that cannot be one among the fields',
      { host: 'a.example', durationMs: -1 },
      'a.example · durationMs -1',
      undefined,
    ],
    ['an empty text as what it is', { host: '', note: '' }, 'host "" · note ""', undefined],
    ['nothing of an empty one', {}, '', undefined],
  ])('has %s', (_, property, words, durationMs) => {
    expect(propertyLine(property)).toEqual({ words, durationMs })
  })

  test('is short, however large the property', () => {
    const large = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`.repeat(500), 'x'.repeat(5000)]))
    expect(propertyLine({ host: 'h'.repeat(5000), ...large }).words.length).toBeLessThan(2000)
  })
})

describe('the fault form', () => {
  test.each([
    [{ what: '503' }, { fault: { status: 503, times: null }, filter: {} }],
    [
      { what: '429', retryAfter: ' 4 ', times: '2' },
      { fault: { status: 429, retryAfter: 4, times: 2 }, filter: {} },
    ],
    [
      { what: 'delay', delayMs: '500' },
      { fault: { delayMs: 500, times: null }, filter: {} },
    ],
    [
      { what: 'status', status: '418', customer: 'ada' },
      { fault: { status: 418, times: null }, filter: { customer: 'ada' } },
    ],
    [
      { what: 'hang', operation: 'trackEvent', customer: '' },
      { fault: { fault: 'hang', times: null }, filter: { operation: 'trackEvent' } },
    ],
    [
      { what: 'refuse', forMs: '900', times: '3', customer: 'ada' },
      { fault: { fault: 'refuse', forMs: 900 }, filter: {} },
    ],
    [
      { what: '503', rate: '20', delayMs: '150', retryAfter: '0', event: 'a b', id: 'key-1' },
      {
        fault: { status: 503, rate: 0.2, delayMs: 150, retryAfter: 0, times: null },
        filter: { event: 'a b', id: 'key-1' },
      },
    ],
    [
      { what: 'pass', pass: '40', times: '2', rate: '5' },
      { fault: { pass: 40 }, filter: {} },
    ],
  ])('%j becomes an order', (form, order) => {
    expect(faultOrder(form)).toEqual(order)
  })

  test.each([
    [{ what: 'delay', delayMs: '' }, 'The delay is missing'],
    [{ what: '503', times: 'many' }, 'How many is a whole number, not many'],
    [{ what: '503', times: '0' }, 'How many is from 1 to 1000000, not 0'],
    [{ what: 'status', status: '99' }, 'The status is from 200 to 599, not 99'],
    [{ what: 'hang', rate: '120' }, 'The share is from 1 to 100, not 120'],
    [{ what: 'nothing' }, 'Choose a fault'],
  ])('%j is a sentence', (form, sentence) => {
    expect(faultOrder(form)).toBe(sentence)
  })
})

test.each(presets.map(({ label, order }) => [label, order] as const))(
  'the preset "%s" is a fault that the mock plays',
  (_, order) => {
    const fault = Object.fromEntries(Object.entries(order.fault).map(([name, value]) => [name, value ?? Infinity]))
    expect(faultOf(fault)).toEqual(fault)
  },
)

test.each([
  ["Request body must have required property 'event'", '', 'event is missing'],
  ["Request body must have required property 'b'", 'a', 'a.b is missing'],
  ["Request body must NOT have additional properties; found 'extra'", '', 'extra is not a field'],
  ['Request body property email must be string', 'email', 'email must be string'],
  ['Request body property name must NOT have fewer than 1 characters', 'name', 'name must not be empty'],
  ['Request body must be object', '', 'the body must be object'],
  ['Not JSON: Unexpected token', '', 'Not JSON: Unexpected token'],
])('the violation "%s" is told in a few words', (message, path, words) => {
  expect(reasonOf({ location: 'body', path, message })).toBe(words)
})

test('a name is one line, whatever stands in it', () => {
  expect(inOneLine('a\nb\tc\r\u2028d')).toBe(String.raw`a\nb\tc\u000d\u2028d`)
})

test('a text is never cut in the middle of a character', () => {
  expect(cut('ab✅😀', 4)).toBe('ab✅')
  expect(cut('short', 10)).toBe('short')
})

test('marks that turn text around are spelled out, and letters of any script are left alone', () => {
  expect(visible('a\u202eb\u200bc\u0000\tx\n')).toBe('a\\u202eb\\u200bc\\u0000\tx\n')
  expect(visible('计画 ✅ עברית 👨‍👩‍👧')).toBe('计画 ✅ עברית 👨‍👩‍👧')
})
