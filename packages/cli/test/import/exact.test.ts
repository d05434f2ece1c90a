import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exactJson, isExact } from '../../src/terminal/exact-json.ts'
import { Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { writeLines } from './files.ts'

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

describe('what JSON.parse would change in silence', () => {
  test.each([
    ['{"id":1524831183200260097}', '1524831183200260097 would be rounded: write it as text, in quotes'],
    // A double has it, but it would be written as 1524831183200260000.
    ['{"id":1524831183200260096}', '1524831183200260096 would be rounded: write it as text, in quotes'],
    ['[-9007199254740993]', '-9007199254740993 would be rounded: write it as text, in quotes'],
    ['[0.12345678901234567891]', '0.12345678901234567891 would be rounded: write it as text, in quotes'],
    ['[12345678901234567890.5]', '12345678901234567890.5 would be rounded: write it as text, in quotes'],
    ['[1e400]', '1e400 is too large for a number: write it as text, in quotes'],
    ['[-1E+999]', '-1E+999 is too large for a number: write it as text, in quotes'],
    ['[1e-400]', '1e-400 would be rounded: write it as text, in quotes'],
    ['{"a":{"b":[{"c":1,"d":2,"c":3}]}}', '"c" is there twice: leave one of the two out'],
    ['{"a":1,"\\u0061":2}', '"a" is there twice: leave one of the two out'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__" is there twice: leave one of the two out'],
    ['{"a" : "x:y", "b":"\\":", "a" :1}', '"a" is there twice: leave one of the two out'],
    ['{"":1,"":2}', '"" is there twice: leave one of the two out'],
  ])('is told: %s', (text, problem) => {
    expect(exactJson(text)).toEqual({ problem })
  })

  test.each([
    '{"id":"1524831183200260097","a:b":"\\"a\\":1","u":"http://x:1/?a=\\":\\"","é":{"id":1}}',
    '[9007199254740992,-0,0.0,1.50,100000000000000000000000,1e23,1.7976931348623157e308,5e-324]',
    '[0.1,0.30000000000000004,0.10000000000000001,123456789012345.67,1e-300,1E300]',
    '[{"a":1},{"a":1},{"a":{"a":{"a":[]}}},"3e5000","0123456789012345678"]',
    '{"constructor":1,"__proto__":{"__proto__":null},"toString":":"}',
  ])('leaves alone what goes out as it was: %s', (text) => {
    expect(exactJson(text)).toEqual({ value: JSON.parse(text) as unknown })
  })

  test('is found in a line of a megabyte, and in one that is nested as deep as that', () => {
    const long = `{"a":"${'\\":'.repeat(300_000)}","b":1524831183200260097}`
    expect(exactJson(long).problem).toMatch(/^1524831183200260097/)
    expect(exactJson(`{"a":"${'\\":'.repeat(300_000)}","a":1}`).problem).toMatch(/^"a" is there twice/)
    const deep = 500_000
    expect(exactJson('[{"a":'.repeat(deep / 5) + '1' + '}]'.repeat(deep / 5)).problem).toBeUndefined()
  })

  test('is decided by the digits alone', () => {
    expect(['0.1', '1e21', '123456789012345680000', '0'].map(isExact)).toEqual([true, true, true, true])
    expect(['123456789012345678001', '1e309', '3e-324'].map(isExact)).toEqual([false, false, false])
  })
})

test('lines with such a number, or a name that is there twice, are rejected, and the others arrive', async () => {
  const bad = ['{"n":1e400}', '{"n":12345678901234567890}', '{"a":{"b":1,"b":2}}']
  const lines = [...bad, '{"n":0.30000000000000004,"zip":"00123","null":null}'].map(
    (property) => `{"customer_id":"a","event":"x","property":${property}}`,
  )
  writeLines(at, 'events.ndjson', [...lines, '{"customer_id":"a","event":"x","customer_id":"b"}'])
  const { code, stdout } = await at.run('obsidian-events track --from events.ndjson')
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^line +1 {2}1e400 is too large for a number: write it as text, in quotes, or let --map property\.n:text=property\.n do so$/m,
  )
  expect(stdout).toMatch(
    /^line +2 {2}12345678901234567890 would be rounded: write it as text, in quotes, or let --map property\.n:text=property\.n do so$/m,
  )
  expect(stdout).toMatch(/^line +3 {2}"b" is there twice: leave one of the two out$/m)
  expect(stdout).toMatch(/^line +5 {2}"customer_id" is there twice: leave one of the two out$/m)
  expect(api.arrivals.map(({ body }) => body)).toEqual([
    { customer_id: 'a', event: 'x', property: { n: 0.30000000000000004, zip: '00123', null: null } },
  ])
})

describe('properties of one call', () => {
  test.each([
    ['--property n:=1e400', /1e400 is too large for a number/],
    ['--property n:=1524831183200260096', /would be rounded/],
    [`--property 'n:={"a":1,"a":2}'`, /"a" is there twice/],
    ['--property plan=a --property plan=b', /plan is given twice/],
  ])('%s is refused with code 2', async (args, message) => {
    const { code, stderr } = await at.run(`obsidian-events track a b ${args}`)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(api.arrivals).toEqual([])
  })

  test.each([
    [
      '{"n":1e400}',
      /^file\.json: 1e400 is too large for a number: write it as text, in quotes\.\nSee \S+\/errors\/command-line\/\n$/,
    ],
    [
      '{"n":{"a":1,"a":2}}',
      /^file\.json: "a" is there twice: leave one of the two out\.\nSee \S+\/errors\/command-line\/\n$/,
    ],
    [
      Buffer.from('\uFEFF{"n":1}', 'utf16le'),
      /^file\.json is UTF-16\. Save it as UTF-8, or change it: iconv -f UTF-16 /,
    ],
    [Buffer.from('{"n":1}', 'utf16le'), /^file\.json is UTF-16\./],
    [
      Buffer.from('{"n":"\xe9"}', 'latin1'),
      /^file\.json is not UTF-8 text\. Save it as UTF-8\.\nSee \S+\/errors\/command-line\/\n$/,
    ],
  ])('a file of %j is refused with the reason', async (content, message) => {
    writeFileSync(at.path('file.json'), content)
    const { code, stderr } = await at.run('obsidian-events track a b --properties file.json')
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(api.arrivals).toEqual([])
  })

  test('a byte order mark is no part of a file, of properties or of variables', async () => {
    delete at.env['EVENT_TRACKING_AUTH_TOKEN']
    writeFileSync(at.path('file.json'), '\uFEFF{"n":1}')
    writeFileSync(at.path('.env'), '\uFEFFEVENT_TRACKING_AUTH_TOKEN=from-file\n')
    const calling = 'obsidian-events track a b --dotenv .env --properties'
    expect(await at.run(`${calling} file.json`)).toMatchObject({ code: 0, stderr: '' })
    expect(await at.run(`cat file.json | ${calling} -`)).toMatchObject({ code: 0, stderr: '' })
    expect(api.arrivals.map(({ body }) => body['property'])).toEqual([{ n: 1 }, { n: 1 }])
    writeFileSync(at.path('.env'), Buffer.from('\uFEFFEVENT_TRACKING_AUTH_TOKEN=x', 'utf16le'))
    expect(await at.run(`${calling} file.json`)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^\.env is UTF-16\./) as string,
    })
  })
})
