import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { roundedInteger } from '@obsidianlaunch/events-client/core'
import { manyLines, track, writeLines } from './files.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'radioactive-token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const importing = 'obsidian-events track --from events.ndjson'

/** Totals of an import; empty if something went wrong. */
async function totals(line: string): Promise<Record<string, unknown>> {
  const records = await at.records(`${line} --json`)
  return records.find(({ type }) => type === 'totals') ?? {}
}

/** Counts how often each event of `manyLines` arrived, and checks that it had the same id each time. */
function arrivals() {
  const ids = new Map<string, string[]>()
  for (const { id, body } of api.arrivals) ids.set(body.event ?? '', [...(ids.get(body.event ?? '') ?? []), id])
  const twice = [...ids].filter(([, all]) => all.length > 1)
  return { lines: ids.size, twice, changed: twice.filter(([, all]) => new Set(all).size > 1) }
}

describe('a file of calls', () => {
  test('arrives whole, each customer in its order, with an id of its own for each line', async () => {
    writeLines(at, 'events.ndjson', manyLines(3_000))
    const { code, stdout } = await at.run(importing)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^sent to +test\nlines +3,000\ndelivered +3,000\nrejected +0\ntime +[\d.]+ s {2}[\d,]+ lines\/s\n$/,
    )
    expect(arrivals()).toEqual({ lines: 3_000, twice: [], changed: [] })
    const numbers = api.eventsOf('c0').map(Number)
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    expect(new Set(api.arrivals.map(({ id }) => id)).size).toBe(3_000)
  })

  test('may hold both types, with all that a call can carry, blank lines and any line ends', async () => {
    const lines = [
      '\uFEFF{"type":"identify","customer_id":"a","name":"Ada","plan":"Lite","planValue":50,"properties":{"seats":5}}\r',
      '',
      '{"type":"track","customer_id":"a","event":"b\u2028c","category":"Tech","property":{"path":"/"}}\r',
      '  {"customer_id":"a","event":"d"}  ',
    ]
    writeFileSync(at.path('events.ndjson'), lines.join('\n'))
    expect(await totals(`${importing} --environment production --concurrency 2`)).toMatchObject({
      lines: 3,
      delivered: 3,
    })
    expect(api.arrivals.map(({ path, body }) => [path, body])).toEqual([
      ['/customer', { customer_id: 'a', name: 'Ada', plan: 'Lite', planValue: 50, properties: { seats: 5 } }],
      ['/events', { customer_id: 'a', event: 'b\u2028c', category: 'Tech', property: { path: '/' } }],
      ['/events', { customer_id: 'a', event: 'd' }],
    ])
  })

  test('a line without a type is what the command says', async () => {
    writeLines(at, 'customers.ndjson', ['{"customer_id":"a","name":"Ada"}'])
    expect(await at.run('obsidian-events identify --from customers.ndjson')).toMatchObject({ code: 0 })
    expect(api.arrivals.map(({ path }) => path)).toEqual(['/customer/test'])
  })

  test('may come through a pipe, which keeps no place', async () => {
    writeLines(at, 'events.ndjson', manyLines(100))
    const piped = 'cat events.ndjson | obsidian-events track --from -'
    expect(await totals(piped)).toMatchObject({ file: 'standard input', lines: 100, delivered: 100, complete: true })
    const { code, stderr } = await at.run(`${piped} --resume`)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^standard input cannot be read again/)
  })
})

describe('bad lines', () => {
  const lines = [
    track('a', 'fine'),
    '{"type":"track"',
    '[1]',
    '{"type":"page","customer_id":"a"}',
    track('a', ''),
    '{"customer_id":"a","event":"x","properties":{}}',
    '{"type":"identify","customer_id":"b","email":""}',
    track('a', '\\ud800').replace('\\\\', '\\'),
    track('a', 'refused by the API'),
    track('a', 'fine too'),
  ]

  test.each(['', ' --dry-run'])('go to a file with number, reason and text; the rest goes on%s', async (dry) => {
    api.answer = ({ body }) => (body.event === 'refused by the API' ? 400 : 200)
    writeLines(at, 'events.ndjson', lines)
    appendFileSync(at.path('events.ndjson'), Buffer.from([0xff, 10]))
    const { code, stdout } = await at.run(`${importing} --rejects rejects.ndjson${dry}`)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^line +2 {2}is not JSON/m)
    const rejects = readFileSync(at.path('rejects.ndjson'), 'utf8').trimEnd().split('\n')
    const told = rejects.map((line) => JSON.parse(line) as { line: number; reason: string; input?: string })
    const inOrder = told.toSorted((one, other) => one.line - other.line)
    const reasons = [
      [2, /^is not JSON: /],
      [3, /^is not a JSON object$/],
      [4, /^type "page" is neither identify nor track: take the line out, or, .* --map property\.type=type$/],
      [5, /^event must not be empty: fill it in, or take the line out$/],
      [6, /^properties is not a field of track: put it into property, or pick fields by --map$/],
      [7, /^email must not be empty: leave it out if there is none$/],
      [8, /^event has a lone surrogate/],
      ...(dry ? [] : [[9, /^Failed to track event: 400/] as const]),
      [11, /^is not UTF-8 text: save the file as UTF-8$/],
    ] as const
    expect(inOrder.map(({ line }) => line)).toEqual(reasons.map(([line]) => line))
    for (const [index, [, reason]] of reasons.entries()) expect(inOrder[index]?.reason).toMatch(reason)
    expect(inOrder[0]?.input).toBe(lines[1])
    expect(api.eventsOf('a')).toEqual(dry ? [] : ['fine', 'refused by the API', 'fine too'])
  })

  test('a whole number that JavaScript would round, such as an id of 64 bits, is told and not sent', async () => {
    const properties = [
      '{"id":1524831183200260097}',
      '{"ids":[-9007199254740993]}',
      '{"id":"1524831183200260097","said \\" 1524831183200260097":1}',
      '{"id":9007199254740992}',
      '{"share":0.12345678901234567890,"large":1e400000000000000000}',
      '{"share":12345678901234567890.5,"large":1234567890123456789e3}',
    ]
    const written = properties.slice(0, 4).map((property) => `{"customer_id":"a","event":"x","property":${property}}`)
    writeLines(at, 'events.ndjson', written)
    const { stdout } = await at.run(importing)
    expect(stdout).toMatch(/^line +1 {2}1524831183200260097 would be rounded: write it as text/m)
    expect(stdout).toMatch(/^line +2 {2}-9007199254740993 would be rounded/m)
    expect(stdout).toMatch(/^delivered +2$/m)
    expect(properties.slice(4).map(roundedInteger)).toEqual([undefined, undefined])
  })

  test('a dry run needs no token, counts what is good, and leaves no trace', async () => {
    delete at.env['EVENT_TRACKING_AUTH_TOKEN']
    writeLines(at, 'events.ndjson', [...manyLines(5_000), 'junk'])
    expect(await totals(`${importing} --dry-run`)).toMatchObject({
      dryRun: true,
      lines: 5_001,
      valid: 5_000,
      rejected: 1,
      firstRejects: [{ line: 5_001, reason: expect.stringContaining('is not JSON') as string }],
    })
    expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
    expect(api.arrivals).toEqual([])
  })

  test('of very many the first are told, and all are counted', async () => {
    writeLines(
      at,
      'events.ndjson',
      Array.from({ length: 6_000 }, () => 'junk'),
    )
    const { code, stdout } = await at.run(importing)
    expect(code).toBe(1)
    expect(stdout).toContain('and 5,980 more lines')
  })
})

describe('going on', () => {
  test('a file that was sent is not sent again unless that is asked for', async () => {
    writeLines(at, 'events.ndjson', manyLines(500))
    expect(await at.run(importing)).toMatchObject({ code: 0 })
    const { code, stderr } = await at.run(importing)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^events\.ndjson was sent before.* --resume.* --restart\.\n$/)
    expect(await totals(`${importing} --resume`)).toMatchObject({ lines: 500, delivered: 500, deliveredBefore: 500 })
    expect(api.arrivals).toHaveLength(500)
    const ids = api.arrivals.map(({ id }) => id).toSorted()
    expect(await totals(`${importing} --restart`)).toMatchObject({ delivered: 500, deliveredBefore: 0 })
    expect(
      api.arrivals
        .slice(500)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids)
  })

  test('a restart says what it sends again, unless an outbox knows that', async () => {
    writeLines(at, 'events.ndjson', manyLines(5))
    await at.run(`${importing} --id-field event`)
    const again = await at.run(`${importing} --id-field event --restart`)
    expect(again.stderr).toMatch(
      /^5 lines of events\.ndjson were delivered before\. All lines are sent again.*--outbox/,
    )
    expect(api.arrivals).toHaveLength(10)
    const remembered = `${importing} --id-field event --restart --outbox ids.db`
    for (let run = 0; run < 2; run++) expect((await at.run(remembered)).stderr).not.toContain('delivered before')
    expect(api.arrivals).toHaveLength(15)
  })

  test('a restart with an outbox tells a changed file whose events have no ids of their own', async () => {
    writeLines(at, 'events.ndjson', manyLines(5))
    await at.run(`${importing} --outbox ids.db`)
    expect((await at.run(`${importing} --outbox ids.db --restart`)).stderr).not.toContain('delivered before')
    expect(api.arrivals).toHaveLength(5)
    writeLines(at, 'events.ndjson', [track('a', 'another'), ...manyLines(5)])
    const { stderr } = await at.run(`${importing} --outbox ids.db --restart`)
    expect(stderr).toMatch(/^5 lines .*it has changed since: without ids of their own.*--id-field/)
    expect(api.arrivals).toHaveLength(11)
  })

  test('a file that was sent to another environment or address is told so, and a restart that this place is lost', async () => {
    writeLines(at, 'events.ndjson', manyLines(5))
    await at.run(importing)
    const refused = await at.run(`${importing} --environment production`)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(
      `to another target (track test ${api.url}/) than this one (track production ${api.url}/)`,
    )
    expect(refused.stderr).toContain('--journal FILE')
    expect(api.arrivals).toHaveLength(5)
    const { code, stderr } = await at.run(`${importing} --environment production --restart`)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^5 lines .*to another target \(track test .*that place is forgotten now/)
    expect(api.arrivals).toHaveLength(10)
  })

  test('--resume begins where there is nothing to go on from', async () => {
    writeLines(at, 'events.ndjson', manyLines(10))
    expect(await at.run(`${importing} --resume`)).toMatchObject({ code: 0 })
  })

  test('a file that has changed, and another target, are refused', async () => {
    writeLines(at, 'events.ndjson', manyLines(10))
    await at.run(importing)
    expect(await at.run(`${importing} --resume --environment production`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('begun for another target (track test') as string,
    })
    writeLines(at, 'events.ndjson', [track('a', 'another'), ...manyLines(10)])
    expect(await at.run(`${importing} --resume`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has changed since') as string,
    })
    expect(api.arrivals).toHaveLength(10)
  })

  test.each([
    [401, 3],
    [404, 1],
  ])('a server that turns to %i half way: it stops, keeps the place and says how to go on', async (status, exit) => {
    writeLines(at, 'events.ndjson', manyLines(3_000))
    let refuses = true
    api.answer = (_request, count) => (refuses && count > 1_000 ? status : 200)
    const { code, stderr, stdout } = await at.run(importing)
    expect(code).toBe(exit)
    expect(stderr).toMatch(
      new RegExp(
        `Failed to track event: ${status} .* then go on:\\n  obsidian-events ${importing.slice(16)} --resume\\n${see(status === 404 ? 'api' : 'authentication')}$`,
      ),
    )
    expect(stderr.match(/Failed/g)).toHaveLength(1)
    expect(stdout).toMatch(/^delivered +1,000$/m)
    // No more than were on their way.
    expect(api.arrivals.length).toBeLessThanOrEqual(1_000 + 32)
    refuses = false
    api.arrivals.splice(1_000)
    expect(await totals(`${importing} --resume`)).toMatchObject({ lines: 3_000, delivered: 3_000, rejected: 0 })
    expect(arrivals()).toEqual({ lines: 3_000, twice: [], changed: [] })
    const numbers = api.eventsOf('c7').map(Number)
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s lets what is on its way arrive, then ends with code %i, and nothing comes twice',
    async (sign, exit) => {
      writeLines(at, 'events.ndjson', manyLines(3_000))
      // From the 500th on they are answered once the signal is sent.
      const signalled = Promise.withResolvers<void>()
      api.answer = async (_request, count) => {
        if (count > 500) await signalled.promise
        return 200
      }
      const child = at.start(importing)
      await expect.poll(() => api.arrivals.length).toBeGreaterThan(500)
      child.kill(sign)
      signalled.resolve()
      await once(child, 'close')
      expect(child.exitCode).toBe(exit)
      expect(api.arrivals.length).toBeLessThan(3_000)
      expect(await totals(`${importing} --resume`)).toMatchObject({ lines: 3_000, delivered: 3_000 })
      expect(arrivals()).toEqual({ lines: 3_000, twice: [], changed: [] })
    },
  )

  test('a second Ctrl-C ends it at once, and what had no answer comes again with its id', async () => {
    writeLines(at, 'events.ndjson', manyLines(100))
    api.answer = (_request, count) => (count > 20 ? undefined : 200)
    const child = at.start(importing)
    // All that may be on its way, beside the answered ones.
    await expect.poll(() => api.arrivals.length).toBe(20 + 32)
    child.kill('SIGINT')
    await at.told(child, 'Stopping')
    child.kill('SIGINT')
    await once(child, 'close')
    expect(child.exitCode).toBe(130)
    api.answer = () => 200
    expect(await totals(`${importing} --resume`)).toMatchObject({ delivered: 100, deliveredBefore: 20 })
    const { lines, twice, changed } = arrivals()
    expect({ lines, changed }).toEqual({ lines: 100, changed: [] })
    expect(twice.length).toBe(32)
  })

  test('a line of the journal that a crash has cut does not count', async () => {
    writeLines(at, 'events.ndjson', manyLines(10))
    await at.run(importing)
    const journal = readFileSync(at.path('events.ndjson.journal'), 'utf8')
    const [head = ''] = journal.split('\n')
    writeFileSync(at.path('events.ndjson.journal'), `${head}\n1-4 = 4 0\n5-a = 1`)
    expect(await totals(`${importing} --resume`)).toMatchObject({ delivered: 10, deliveredBefore: 4 })
    expect(api.arrivals).toHaveLength(16)
    expect(await totals(`${importing} --resume`)).toMatchObject({ delivered: 10, deliveredBefore: 10 })
  })
})

describe('files that cannot be used', () => {
  beforeEach(() => writeLines(at, 'events.ndjson', manyLines(8_000)))

  test.each([
    ['--from missing.ndjson', 1, /^missing\.ndjson does not exist\.\nSee \S+\/errors\/command-line\/\n$/],
    ['--from folder', 1, /^folder is a directory\. Give a file\.\nSee \S+\/errors\/command-line\/\n$/],
    [
      '--from events.ndjson --journal folder',
      1,
      /^folder is a directory\. Give a file\.\nSee \S+\/errors\/command-line\/\n$/,
    ],
    [
      '--from events.ndjson --rejects folder',
      1,
      /^folder is a directory\. Give a file\.\nSee \S+\/errors\/command-line\/\n$/,
    ],
    ['--from events.ndjson --rejects ./events.ndjson', 2, /^--rejects would overwrite the file/],
    ['--from events.ndjson --journal events.ndjson', 2, /^--journal would overwrite the file/],
    ['--from events.ndjson --rejects events.ndjson.journal', 2, /^--rejects would overwrite the journal/],
    ['--from events.ndjson --rejects ./events.ndjson.journal', 2, /^--rejects would overwrite the journal/],
    ['--from events.ndjson --journal notes.txt --restart', 2, /^notes\.txt is not a journal/],
  ])('%s: one message, and nothing sent', async (args, exit, message) => {
    mkdirSync(at.path('folder'))
    writeFileSync(at.path('notes.txt'), 'mine')
    const { code, stderr } = await at.run(`obsidian-events track ${args}`)
    expect(code).toBe(exit)
    expect(stderr).toMatch(message)
    expect(stderr.replace(see('command-line'), '').trim().split('\n')).toHaveLength(1)
    expect(api.arrivals).toEqual([])
    expect(readFileSync(at.path('notes.txt'), 'utf8')).toBe('mine')
    expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
  })

  test.runIf(existsSync('/dev/full'))(
    'a disk that is full for the rejects stops it, and the line is kept',
    async () => {
      writeLines(at, 'events.ndjson', [...manyLines(5), 'junk', track('a', 'last')])
      const { code, stderr } = await at.run(`${importing} --rejects /dev/full`)
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^\/dev\/full cannot be written: the disk is full\. Free some space\..* then go on:\n {2}obsidian-events .* --resume\nSee \S+\/errors\/command-line\/\n$/,
      )
      expect(await totals(`${importing} --resume --rejects rejects.ndjson`)).toMatchObject({ lines: 7, rejected: 1 })
      expect(readFileSync(at.path('rejects.ndjson'), 'utf8')).toContain('"line":6')
    },
  )

  test.skipIf(process.platform === 'win32')('a disk that fills under the journal stops it at once', async () => {
    // So large may a file be here: for some thousand lines that is enough.
    const { code, stderr } = await at.run(`sh -c 'ulimit -f 4; ${importing}'`)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^events\.ndjson\.journal cannot be written: .*\n {2}obsidian-events .* --resume\nSee \S+\/errors\/command-line\/\n$/m,
    )
    const arrived = api.arrivals.length
    expect(arrived).toBeLessThan(8_000)
    expect(statSync(at.path('events.ndjson.journal')).size).toBeLessThanOrEqual(4 * 1_024)
    expect(await totals(`${importing} --resume`)).toMatchObject({ lines: 8_000, delivered: 8_000 })
    const { lines, twice, changed } = arrivals()
    expect({ lines, changed }).toEqual({ lines: 8_000, changed: [] })
    // What was answered while nothing could be written any more.
    expect(twice.length).toBeLessThanOrEqual(64)
  })
})

test('without a token nothing is begun', async () => {
  delete at.env['EVENT_TRACKING_AUTH_TOKEN']
  writeLines(at, 'events.ndjson', manyLines(10))
  expect(await at.run(importing)).toMatchObject({ code: 3 })
  expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
})

test('where nothing was delivered no journal is left behind', async () => {
  api.answer = () => 401
  writeLines(at, 'events.ndjson', manyLines(10))
  expect(await at.run(importing)).toMatchObject({ code: 3 })
  expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
})

test('a reader that goes away does not stop the file', async () => {
  writeLines(at, 'events.ndjson', manyLines(500))
  const { stderr } = await at.run(`sh -c '{ ${importing}; echo "code $?" >&2; } | true'`)
  expect(stderr).toMatch(/^code 0\n$/m)
  expect(api.arrivals).toHaveLength(500)
})
