import { gzipSync } from 'node:zlib'
import { Random } from '@obsidianlaunch/testkit/random'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import type { FormatOptions } from '../../../src/import/formats/open-records.ts'
import { mappingFrom } from '../../../src/import/formats/field-map.ts'
import { read, recordsOf } from './records.ts'

const good = (line: number) => ({ line, fields: event({}) })
const event = (more: object) => ({ customer_id: 'a', event: 'x', ...more })
const maps = (...given: string[]) =>
  given.reduce<ReturnType<typeof mappingFrom>>((before, one) => mappingFrom(one, before), [])

const table = [
  '\uFEFFcustomer_id,event,property.note,property.__proto__\r\n',
  'a,x,"one, ""two""\r\nthree",é\r\n',
  '\r\n',
  'a,x,,\r\n',
  ',,,\r\n',
  'a,x,計画,"""',
  '"\r\n',
].join('')
const array = '\uFEFF [{"customer_id":"a","event":"x"},\n {"customer_id":"a","event":"]},{[\\"é"}\n] \n'
const files: [string, Buffer, unknown[]][] = [
  [
    'a table',
    Buffer.from(table),
    [
      event({ property: JSON.parse('{"note":"one, \\"two\\"\\r\\nthree","__proto__":"é"}') as object }),
      event({}),
      event({ property: JSON.parse('{"note":"計画","__proto__":"\\""}') as object }),
    ],
  ],
  ['an array', Buffer.from(array), [event({}), event({ event: ']},{["é' })]],
  [
    'objects set in lines',
    Buffer.from('{\n  "customer_id": "a",\n  "event": "x"\n}\n{"customer_id":"a","event":"}"}'),
    [event({}), event({ event: '}' })],
  ],
  [
    'lines',
    Buffer.from('{"customer_id":"a","event":"x"}\r\n\r\n{"customer_id":"a","event":"é"}'),
    [event({}), event({ event: 'é' })],
  ],
]

describe.each(files)('%s', (_name, content, events) => {
  test.each([1, 2, 3, 7, 64, 100_000])('is the same in chunks of %i bytes', async (chunkBytes) => {
    const found = await read(content, {}, chunkBytes)
    expect(found.map(({ fields }) => fields)).toEqual(events)
    expect(await read(gzipSync(content), {}, chunkBytes)).toEqual(found)
  })

  test('goes on behind the records that are done, whatever these are', async () => {
    const all = await recordsOf(content, {}, 5)
    for (const { number: last } of all) {
      const rest = await recordsOf(content, {}, 5, (number) => number > last)
      expect(rest.map(({ number, fields }) => [number, fields])).toEqual(
        all.filter(({ number }) => number > last).map(({ number, fields }) => [number, fields]),
      )
    }
  })
})

describe('a table', () => {
  test('is read as csv-parse reads it, whatever stands in its cells', async () => {
    const random = new Random(20_261_129)
    const signs = ['a', ' ', '"', ',', ';', '\n', '\r\n', 'é', '\t', '\u2028', '']
    for (let round = 0; round < 400; round++) {
      const rows = Array.from({ length: 1 + random.below(5) }, () =>
        Array.from({ length: 3 }, () => Array.from({ length: random.below(5) }, () => random.pick(signs)).join('')),
      )
      const cell = (text: string) =>
        /["\n\r,;]/.test(text) || random.chance(0.2) ? `"${text.replaceAll('"', '""')}"` : text
      const end = random.pick(['\n', '\r\n'])
      const text = ['customer_id,event,category', ...rows.map((row) => row.map(cell).join(','))].join(end)
      const expected = parse(text)
        .slice(1)
        .map((row) => row.map((each) => each || undefined))
        .filter((row) => row.some((each) => each !== undefined))
        .map(([customer_id, name, category]) => ({ customer_id, event: name, category }))
      const found = await read(text, { format: 'csv' }, 1 + random.below(20))
      expect({ text, fields: found.map(({ fields }) => fields) }).toEqual({ text, fields: expected })
    }
  })

  test.each([
    [
      'a;b\n',
      {},
      /^the file has no column customer_id, nor event\. Its columns are a, b\. Say which one it is: --map customer_id=COLUMN --map event=COLUMN\./,
    ],
    ['customer_id,url\n', {}, /has no column event\./],
    ['customer_id,event,event\n', {}, /has two columns event: rename one of them\.$/],
    ['customer_id,event\n', { map: maps('property.a=b') }, /has no column b\./],
    ['customer_id,event,property,property.a\n', {}, /has property.a and property: choose one by --map\.$/],
    ['customer_id,"event\n', {}, /^The header of the file, line 1, begins a cell with a quote that never ends it/],
    ['customer_id,event\rA,x\r', {}, /end with a carriage return alone\. Change them: tr /],
  ] as [string, FormatOptions, RegExp][])(
    'with a header that leads nowhere is refused before it is begun: %j',
    async (text, options, message) => {
      await expect(read(text, { format: 'csv', ...options })).rejects.toThrow(message)
    },
  )

  test.each([';', '\t', '|', ','])('finds its separator by itself: %j', async (separator) => {
    const text = `customer_id${separator}event${separator}"category"${separator}"a , b"\na${separator}x${separator}${separator}\n`
    expect(await read(text)).toEqual([{ line: 2, fields: event({}) }])
  })

  test('has a header over several lines, with any separator, in chunks of any size', async () => {
    const text = 'customer_id;event;"the\nnote"\na;x;\n'
    for (const chunkBytes of [1, 5, 100])
      expect(await read(text, {}, chunkBytes)).toEqual([{ line: 3, fields: event({}) }])
  })

  test('takes the line by which a spreadsheet names the separator, and columns that only the command names', async () => {
    expect(await read('sep=;\r\ncustomer_id;event\r\na;x\r\n', { format: 'csv' })).toEqual([
      { line: 3, fields: event({}) },
    ])
    expect(await read('a,x\n', { columns: ['customer_id', 'event'] })).toEqual([{ line: 1, fields: event({}) }])
  })

  test('has cells of the kind that is asked for, and text else', async () => {
    const map = maps(
      'customer_id=user',
      'property.seats:number=seats',
      'property.paid:boolean=paid',
      'property.more:json=more',
      'property.zip=zip',
    )
    const header = 'user,event,seats,paid,more,zip\n'
    const rows = await read(`${header}a,x,-1.50e2,T,"{""b"":[null]}",00123\n`, { map })
    expect(rows).toEqual([
      { line: 2, fields: event({ property: { seats: -150, paid: true, more: { b: [null] }, zip: '00123' } }) },
    ])
    const bad = [
      'a,x,"1,5",,,',
      'a,x,007,,,',
      'a,x,1524831183200260097,,,',
      'a,x,1e400,,,',
      'a,x,,yes,,',
      'a,x,,,{,',
      'a,x',
    ]
    expect(await read(header + bad.join('\n'), { map })).toEqual([
      { line: 2, problem: 'seats is "1,5": write a number such as 1234.5, or send it as text' },
      { line: 3, problem: 'seats is "007": write a number such as 1234.5, or send it as text' },
      { line: 4, problem: 'seats is "1524831183200260097", which would be rounded: send it as text' },
      { line: 5, problem: 'seats is "1e400", which would be rounded: send it as text' },
      { line: 6, problem: 'paid is "yes": write true or false' },
      { line: 7, problem: expect.stringMatching(/^more "\{": is not JSON: /) as string },
      { line: 8, problem: 'has 2 cells, and the header 6: add the missing ones' },
    ])
  })

  test('has dates of customers as databases write them, without a zone in UTC', async () => {
    const dates = [
      '2023-06-25',
      '2023-06-25 10:00:00',
      '2023-06-25 12:00:00+02',
      '2023-06-25T10:00:00.5Z',
      '2023-06-25 10:00:00 UTC',
    ]
    const found = await read(
      `type,customer_id,created\n${dates.map((date) => `identify,a,${date}`).join('\n')}\nidentify,a,1687651200\nidentify,a,soon`,
    )
    expect(found.map(({ fields }) => (fields as { created: Date } | undefined)?.created.valueOf())).toEqual([
      Date.UTC(2023, 5, 25),
      Date.UTC(2023, 5, 25, 10),
      Date.UTC(2023, 5, 25, 10),
      Date.UTC(2023, 5, 25, 10, 0, 0, 500),
      Date.UTC(2023, 5, 25, 10),
      1_687_651_200,
      undefined,
    ])
    expect(found.at(-1)?.problem).toBe('created is "soon": write a date such as 2023-06-25, or seconds since 1970')
  })

  test('loses to a stray quote no more than its line', async () => {
    const header = 'customer_id,event,category\n'
    const never = 'begins a cell with a quote that never ends it: add the other one, or double it'
    expect(await read(`${header}a,x,"b\na,x,\na,x,`)).toEqual([{ line: 2, problem: never }, good(3), good(4)])
    const behind = 'has something behind the quote that ends a cell: double the quotes within a cell'
    expect(await read(`${header}a,x,"b\na,"x",\na,x,`)).toEqual([{ line: 2, problem: behind }, good(3), good(4)])
    const within = 'has a quote within a cell: put the whole cell in quotes, and double those within'
    expect(await read(`${header}a,x,5"\na,x,`)).toEqual([{ line: 2, problem: within }, good(3)])
    // Far from any other quote.
    const many = Array.from({ length: 300_000 }, () => 'a,x,')
    const found = await read(`${header}a,x,"b\n${many.join('\n')}\n`)
    expect(found[0]).toEqual({ line: 2, problem: never })
    expect(found.filter(({ fields }) => fields !== undefined)).toHaveLength(many.length)
  })

  test('says of text that is not UTF-8 in which row it stands, also within a cell of several lines', async () => {
    const content = Buffer.concat([
      Buffer.from('customer_id,event\na,"x\n'),
      Buffer.from([0xe9]),
      Buffer.from('"\na,x\n'),
    ])
    expect(await read(content)).toEqual([
      { line: 2, problem: 'is not UTF-8 text: save the file as UTF-8' },
      { line: 4, fields: event({}) },
    ])
  })
})

describe('an array', () => {
  const one = '{"customer_id":"a","event":"x"}'
  test.each([
    ['[]', []],
    ['[ ]\n', []],
    [`[${one},]`, ['element 2 is empty: there is a comma too many']],
    [`[${one} ${one}]`, ['element 1 is not JSON: ']],
    [`[${one},7,"a,]"]`, ['element 2 is not a JSON object', 'element 3 is not a JSON object']],
    [`[${one},{"customer_id":tru},${one}]`, ['element 2 is not JSON: ']],
    [`[${one},{"a":[1},${one}]`, ['element 2 is not JSON: ']],
    [`[${one},\n${one}`, ['element 2 does not end: a bracket or a quote is missing, here or before']],
    [`[${one},`, ['element 2 is missing: the file ends before its array does, so it may have been cut off']],
    [`[${one}]\n[${one}]`, []],
    [`[${one}] ${one}`, ['element 2 stands behind the end of the array: take away what follows the ]']],
    [`[{"a":"${'b'.repeat(2_000_000)}"},${one}]`, ['element 1 is longer than 1 MiB: make it shorter']],
  ])('that is broken says where, and the rest arrives: %.60s', async (text, problems) => {
    const found = await read(text, {}, 1_000)
    expect(found.flatMap(({ problem }) => problem ?? [])).toEqual(
      problems.map((start) => expect.stringContaining(start) as string),
    )
  })
})

test('--map picks the fields out of JSON, too, from any depth', async () => {
  const map = maps(
    'customer_id:text=user.id',
    'event=name',
    'property.url=context.page',
    'property.a.b=x',
    'category=kind',
  )
  const line = { user: { id: 7 }, name: 'x', context: { page: null }, x: [1], kind: null, other: 1, type: 'track' }
  expect(await read(JSON.stringify(line), { map })).toEqual([
    { line: 1, fields: { type: 'track', customer_id: '7', event: 'x', property: { url: null, a: { b: [1] } } } },
  ])
})

test.each([
  ['customer_id', /write FIELD=COLUMN/],
  ['user=id', /user is not a field\. There are type, /],
  ['event.name=a', /only property and properties hold others/],
  ['property..a=b', /a name between two dots is missing/],
  ['property.a:integer=b', /integer is none of text, number, boolean, date, json/],
])('--map %s is refused with the reason', (given, message) => {
  expect(() => mappingFrom(given)).toThrow(message)
  expect(() => maps('property.b=a', 'property.b=c')).toThrow('property.b has another --map already')
})

test('lines that begin with a broken one, or with words, are lines still', async () => {
  const line = '{"customer_id":"a","event":"x"}'
  for (const first of ['started, as always', '{"customer_id":"a",', '{']) {
    const found = await read(`${first}\n${line}\n${line}\n`)
    expect(found).toEqual([{ line: 1, problem: expect.stringMatching(/^is not JSON: /) as string }, good(2), good(3)])
  }
})

test('a byte order mark before objects that are set over several lines is no part of the first one', async () => {
  const records = await read('\uFEFF{\n "customer_id": "a"\n}\n{\n "customer_id": "b"\n}\n')
  expect(records).toEqual([
    { line: 1, fields: { customer_id: 'a' } },
    { line: 4, fields: { customer_id: 'b' } },
  ])
})
