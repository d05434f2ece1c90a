import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as zlib from 'node:zlib'
import { startMock } from '@obsidianlaunch/events-mock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from '../../command-line.ts'
import { receive, type Receiver } from '../../receiver.ts'
import { manyLines, track } from '../files.ts'

const { zstdCompressSync } = zlib as Partial<typeof zlib>

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

async function totals(line: string): Promise<Record<string, unknown>> {
  const records = await at.records(`${line} --json`)
  return records.find(({ type }) => type === 'totals') ?? records.at(-1) ?? {}
}

const bodies = () => api.arrivals.map(({ body }) => body)
/** Rows of two lines each; the name of each event is the number of its row. */
const manyRows = (rows: number) =>
  `customer_id,event,property.note\r\n${Array.from({ length: rows }, (_, row) => `c${row % 7},${row + 1},"a\r\nb"\r\n`).join('')}`

describe('files as people have them', () => {
  test('a spreadsheet’s table with semicolons, a byte order mark, and commas and line breaks in cells', async () => {
    const text = '\uFEFFcustomer_id;event;Seite;note\r\na;view;"/a;b";"one,\r\n""two"""\r\n;;;\r\nb;view;/c;\r\n'
    writeFileSync(at.path('events.csv'), text)
    const { code, stderr } = await at.run('obsidian-events track --from events.csv --map property.page=Seite')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Left out: note. To send a column: --map property.NAME=COLUMN.\n',
    })
    expect(bodies()).toEqual([
      { customer_id: 'a', event: 'view', property: { page: '/a;b' } },
      { customer_id: 'b', event: 'view', property: { page: '/c' } },
    ])
  })

  test('what COPY … CSV writes without a header', async () => {
    writeFileSync(at.path('events.csv'), 'a,view,"{""seats"": 5}",2023-06-25 10:00:00+00,\nb,view,,,\n')
    const columns = '--columns customer_id,event,property,created_at,x'
    const { code } = await at.run(`obsidian-events track --from events.csv ${columns}`)
    expect(code).toBe(0)
    expect(bodies()).toEqual([
      { customer_id: 'a', event: 'view', property: { seats: 5 } },
      { customer_id: 'b', event: 'view' },
    ])
    const { stderr } = await at.run('obsidian-events track --from events.csv --restart')
    expect(stderr).toMatch(
      /^events\.csv has no column customer_id, nor event\. .* Without a header, name the columns: --columns a,b,c\.\nSee \S+\/errors\/command-line\/\n$/,
    )
  })

  test('lines of BigQuery with nulls at every depth go out as they are, or are told', async () => {
    const lines = [
      '{"customer_id":"a","event":"x","property":{"page":null,"list":[null,{"deep":null}]}}',
      '{"customer_id":"a","event":"x","category":null}',
    ]
    writeFileSync(at.path('events.json'), lines.join('\n'))
    const { stdout } = await at.run('obsidian-events track --from events.json')
    expect(stdout).toMatch(/^line +2 {2}category must be string: leave it out if there is none$/m)
    expect(bodies()).toEqual([{ customer_id: 'a', event: 'x', property: { page: null, list: [null, { deep: null }] } }])
  })

  test('a truncated last line is told, and a file that is empty or has a header alone is no failure', async () => {
    writeFileSync(at.path('events.ndjson'), `${track('a', 'x')}\n{"customer_id":"a","eve`)
    const { code, stdout } = await at.run('obsidian-events track --from events.ndjson')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^line +2 {2}is not JSON: it ends too early\. Write the rest of it, or take it out$/m)
    for (const text of ['', '\uFEFF', 'customer_id,event', 'customer_id,event\r\n']) {
      writeFileSync(at.path('empty.csv'), text)
      expect(await totals('obsidian-events track --from empty.csv --restart')).toMatchObject({
        lines: 0,
        complete: true,
      })
    }
    expect(api.arrivals).toHaveLength(1)
  })

  test('what the page of the mock exports', async () => {
    await using mock = await startMock()
    at.env['EVENT_TRACKING_BASE_URL'] = mock.url
    const calls = '{"customer_id":"a","name":"Ada","type":"identify"}\n{"customer_id":"a","event":"x","type":"track"}\n'
    writeFileSync(at.path('calls.ndjson'), calls)
    expect(await at.run('obsidian-events track --from calls.ndjson')).toMatchObject({ code: 0 })
    expect(mock.good.map(({ body }) => body)).toEqual([
      { customer_id: 'a', name: 'Ada' },
      { customer_id: 'a', event: 'x' },
    ])
  })
})

describe('packed files', () => {
  test.each(['events.ndjson.gz', 'without-an-ending'])(
    '%s of several members arrives whole, also through a pipe',
    async (name) => {
      const [one, two] = [manyLines(400), manyLines(900).slice(400)]
      const members = [one, two].map((lines) => zlib.gzipSync(`${lines.join('\n')}\n`))
      writeFileSync(at.path(name), Buffer.concat(members))
      expect(await totals(`obsidian-events track --from ${name}`)).toMatchObject({ lines: 900, delivered: 900 })
      expect(await totals(`cat ${name} | obsidian-events track --from -`)).toMatchObject({ lines: 900, delivered: 900 })
      expect(new Set(bodies().map(({ event }) => event)).size).toBe(900)
    },
  )

  test('one that was cut off stops with the reason, and nothing of its last line is sent', async () => {
    const whole = zlib.gzipSync(manyLines(2_000).join('\n'))
    writeFileSync(at.path('events.gz'), whole.subarray(0, whole.length / 2))
    const { code, stderr } = await at.run('obsidian-events track --from events.gz')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^events\.gz ends before its packed data does, so it was cut off\. Get the whole file\. /)
    const sent = new Set(manyLines(2_000))
    for (const body of bodies()) expect(sent).toContain(JSON.stringify(body))
    writeFileSync(at.path('events.gz'), Buffer.concat([whole.subarray(0, 40), Buffer.alloc(200, 0xff)]))
    expect((await at.run('obsidian-events track --from events.gz --restart')).stderr).toMatch(
      /^events\.gz is damaged: /,
    )
  })

  test.runIf(zstdCompressSync !== undefined)('zstd arrives', async () => {
    writeFileSync(at.path('events.zst'), zstdCompressSync?.(`${track('a', 'x')}\n`) ?? '')
    expect(await at.run('obsidian-events track --from events.zst')).toMatchObject({ code: 0 })
    expect(bodies()).toEqual([{ customer_id: 'a', event: 'x' }])
  })

  test('zstd is told by a Node that cannot read it', async () => {
    at.env['NODE_OPTIONS'] = `--require ${at.path('old.cjs')}`
    writeFileSync(
      at.path('old.cjs'),
      "delete require('node:zlib').createZstdDecompress\nrequire('node:module').syncBuiltinESMExports()",
    )
    writeFileSync(at.path('events.zst'), Buffer.from('28b52ffd24206100002c7b', 'hex'))
    const { code, stderr } = await at.run('obsidian-events track --from events.zst')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^events\.zst is packed by zstd, which this Node cannot unpack\. Unpack it \(zstdcat /)
  })

  test('what it says of UTF-16 makes a file that goes in, whatever its order of bytes, with and without a mark', async () => {
    for (const mark of ['', '\uFEFF']) {
      const little = Buffer.from(`${mark}${track('é', 'x')}\n`, 'utf16le')
      for (const content of [little, Buffer.from(little).swap16()]) {
        writeFileSync(at.path('FILE'), content)
        const { stderr } = await at.run('obsidian-events track --from FILE')
        await at.run(`sh -c '${/iconv .*/.exec(stderr)?.[0]}'`)
        expect(await at.run('obsidian-events track --from NEWFILE --restart')).toMatchObject({ code: 0 })
      }
    }
    expect(api.arrivals.map(({ body }) => body.customer_id)).toEqual(['é', 'é', 'é', 'é'])
  })

  test.each([
    [
      'UTF-16',
      Buffer.from(`\uFEFF${track('a', 'x')}`, 'utf16le'),
      /^file is UTF-16\. Save it as UTF-8, or change it: iconv /,
    ],
    ['UTF-16 without a mark', Buffer.from(track('a', 'x'), 'utf16le'), /^file is UTF-16\./],
    ['UTF-16 the other way round', Buffer.from(`\uFEFF${track('a', 'x')}`, 'utf16le').swap16(), /^file is UTF-16\./],
    ['packed UTF-16', zlib.gzipSync(Buffer.from(`\uFEFF${track('a', 'x')}`, 'utf16le')), /^file is UTF-16\./],
    ['a ZIP', Buffer.from('504b030414000000', 'hex'), /^file is a ZIP archive or a spreadsheet\. Unpack it/],
    ['bzip2', Buffer.from('BZh91AY'), /^file is packed by bzip2\. Unpack it: bzcat /],
  ])('%s is named, with what to do', async (_name, content, message) => {
    writeFileSync(at.path('file'), content)
    const { code, stderr } = await at.run('obsidian-events track --from file')
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(existsSync(at.path('file.journal'))).toBe(false)
    expect(api.arrivals).toEqual([])
  })
})

describe('going on in a file of any format', () => {
  const contents: [string, () => Buffer, number][] = [
    ['rows.csv', () => Buffer.from(manyRows(1_500)), 1_500],
    ['rows.csv.gz', () => zlib.gzipSync(manyRows(1_500)), 1_500],
    ['array.json', () => Buffer.from(`[${manyLines(1_500).join(',')}]`), 1_500],
    ['lines.gz', () => zlib.gzipSync(manyLines(1_500).join('\n')), 1_500],
  ]
  test.each(contents)('%s: killed twice, each event arrives, with one id', async (name, content, events) => {
    writeFileSync(at.path(name), content())
    for (const wanted of [400, 900]) {
      const child = at.start(`obsidian-events track --from ${name} --resume`)
      api.answer = (_request, count) => {
        if (count >= wanted) child.kill('SIGKILL')
        return 200
      }
      await once(child, 'close')
      expect(child.signalCode).toBe('SIGKILL')
    }
    api.answer = () => 200
    const last = await totals(`obsidian-events track --from ${name} --resume`)
    expect(last).toMatchObject({ complete: true, lines: events, delivered: events, rejected: 0, pending: 0 })
    const ids = new Map<string, Set<string>>()
    for (const { id, body } of api.arrivals) ids.set(body.event ?? '', (ids.get(body.event ?? '') ?? new Set()).add(id))
    expect(ids.size).toBe(events)
    expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([])
    // At once on their way, and again as many whose answers were being written down.
    expect(api.arrivals.length).toBeLessThanOrEqual(events + 2 * 64)
    const again = await totals(`obsidian-events track --from ${name} --resume`)
    expect(again).toMatchObject({ lines: events, deliveredBefore: events })
  })

  test.each(contents)('%s: what the API refuses is told with its line and its text', async (name, content) => {
    api.answer = ({ body }) => (body.event === '700' ? 422 : 200)
    writeFileSync(at.path(name), content())
    const { firstRejects } = await totals(`obsidian-events track --from ${name} --rejects rejects.ndjson`)
    const line = name.startsWith('rows') ? 1 + 2 * 699 + 1 : name === 'array.json' ? 1 : 700
    expect(firstRejects).toEqual([{ line, reason: expect.stringContaining('422') as string }])
    const [reject] = readFileSync(at.path('rejects.ndjson'), 'utf8').trimEnd().split('\n')
    const { input } = JSON.parse(reject ?? '{}') as { input: string }
    expect(input).toBe(name.startsWith('rows') ? 'c6,700,"a\r\nb"\r' : manyLines(700).at(-1))
  })

  test.each(contents)('%s: Ctrl-C ends it with code 130, and --resume goes on', async (name, content, events) => {
    writeFileSync(at.path(name), content())
    const signalled = Promise.withResolvers<void>()
    api.answer = async (_request, count) => {
      if (count > 300) await signalled.promise
      return 200
    }
    const child = at.start(`obsidian-events track --from ${name}`)
    await expect.poll(() => api.arrivals.length).toBeGreaterThan(300)
    child.kill('SIGINT')
    signalled.resolve()
    await once(child, 'close')
    expect(child.exitCode).toBe(130)
    expect(await totals(`obsidian-events track --from ${name} --resume`)).toMatchObject({
      lines: events,
      delivered: events,
    })
    expect(api.arrivals).toHaveLength(events)
  })

  test('a table that is read in another way has other ids', async () => {
    writeFileSync(at.path('events.csv'), 'customer_id,event,url\na,x,/\n')
    await at.run('obsidian-events track --from events.csv')
    await at.run('obsidian-events track --from events.csv --restart --map property.url=url')
    const [one, other] = api.arrivals
    expect(one?.id).not.toBe(other?.id)
  })
})

describe('a first look', () => {
  test('says in a dry run what the file is taken for, and shows the first event as it would be sent', async () => {
    delete at.env['EVENT_TRACKING_AUTH_TOKEN']
    const text = 'user;event;seats;note\n;x;;\nada;x;5;n\n'
    writeFileSync(at.path('events.csv.gz'), zlib.gzipSync(text))
    const line =
      'obsidian-events track --from events.csv.gz --dry-run --map customer_id=user --map property.seats:number=seats'
    const { stdout } = await at.run(line)
    expect(stdout).toContain(
      [
        'file    events.csv.gz: CSV, separated by ;, packed by gzip',
        'fields  customer_id from user, event, property.seats from seats (number); left out: note',
        'first   line 2: is rejected: customer_id is missing',
      ].join('\n'),
    )
    const [look] = await at.records(`${line} --json`)
    expect(look).toMatchObject({
      type: 'look',
      format: 'csv',
      packing: 'gzip',
      separator: ';',
      leftOut: ['note'],
      first: { line: 2 },
    })
    appendFileSync(at.path('events.ndjson'), `\n${track('ada', 'x')}\n`)
    const [first] = await at.records('obsidian-events track --from events.ndjson --dry-run --json')
    expect(first).toMatchObject({
      type: 'look',
      format: 'ndjson',
      first: { line: 2, url: `${api.url}/events/test`, body: { customer_id: 'ada', event: 'x' } },
    })
    expect(api.arrivals).toEqual([])
  })
})
