import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdAt } from '../../src/import/lock.ts'
import { see, Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { manyLines, track, writeLines } from './files.ts'
import { withoutPassword } from '../../src/terminal/text.ts'

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

const mode = (name: string) => (statSync(at.path(name)).mode & 0o777).toString(8)
const importing = 'obsidian-events track --from events.ndjson'

describe('after Ctrl-C', () => {
  test('the exact command that goes on is there, quoted for the shell, and goes on', async () => {
    const name = `it's $HOME "new".ndjson`
    writeLines(at, name, manyLines(500))
    api.answer = (_request, count) => (count > 100 ? undefined : 200)
    writeFileSync(
      at.path('begin.sh'),
      `exec obsidian-events track --from 'it'\\''s $HOME "new".ndjson' --restart --concurrency 4\n`,
    )
    const child = at.start('sh begin.sh')
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
    await expect.poll(() => api.arrivals.length).toBe(104)
    api.answer = () => 200
    child.kill('SIGINT')
    await once(child, 'close')
    const command = /To go on:\n {2}(obsidian-events .*)\n$/.exec(told)?.[1] ?? ''
    expect(command).toBe(`obsidian-events track --from 'it'\\''s $HOME "new".ndjson' --concurrency 4 --resume`)
    writeFileSync(at.path('go-on.sh'), `${command} --json\n`)
    expect(await at.records('sh go-on.sh')).toMatchObject([{ complete: true, delivered: 500, lines: 500 }])
  })

  test('the password of a database is not in it', async () => {
    writeLines(at, 'events.ndjson', manyLines(1))
    const child = at.start(`${importing} --outbox postgres://me:a-secret@word@127.0.0.1:1/app`)
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
      if (text.includes('is not open yet')) child.kill('SIGINT')
    })
    await once(child, 'close')
    expect(told).toContain('Stopped before postgres://me@127.0.0.1:1/app was open: nothing was sent.')
    expect(told).not.toContain('secret')
  })

  test.each([
    ['--outbox=postgres://me:a-secret@word@host/app', '--outbox=postgres://me@host/app'],
    ['postgresql://me@host/app?password=a-secret&sslmode=require', 'postgresql://me@host/app?sslmode=require'],
    ['postgres://me@host/app', 'postgres://me@host/app'],
    ['events.ndjson', 'events.ndjson'],
  ])('%s is shown without a password', (word, shown) => {
    expect(withoutPassword(word)).toBe(shown)
  })

  test('--json has it as a field', async () => {
    writeLines(at, 'events.ndjson', manyLines(100))
    api.answer = (_request, count) => (count > 50 ? 401 : 200)
    expect(await at.records(`${importing} --json`)).toMatchObject([
      { type: 'totals', resumeCommand: `${importing} --json --resume` },
      { type: 'error', resumeCommand: `${importing} --json --resume` },
    ])
  })
})

describe('two imports of one file at once', () => {
  test.each(['', ' --journal other.journal', ' --journal other.journal --id-field customer_id,event'])(
    'the second is refused, until the first has ended, however it ends%s',
    async (more) => {
      writeLines(at, 'events.ndjson', manyLines(100))
      api.answer = () => undefined
      const first = at.start(importing)
      await expect.poll(() => api.arrivals.length).toBeGreaterThan(0)
      // So that it tries nothing again meanwhile.
      first.kill('SIGSTOP')
      const before = api.arrivals.length
      const { code, stderr } = await at.run(`${importing} --resume${more}`)
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr:
          'events.ndjson is being sent by another command at this moment: let that end, or end it. Nothing was sent by this one.\n',
      })
      expect(api.arrivals.length).toBeLessThanOrEqual(Math.max(before, 32))
      first.kill('SIGKILL')
      await once(first, 'close')
      api.answer = () => 200
      expect(await at.run(`${importing} --resume${more}`)).toMatchObject({ code: 0 })
    },
  )

  test('a socket that a dead process has left holds nobody up, and a living one does', async () => {
    const address = at.path('lock')
    const listening = `require('node:net').createServer().listen('${address}', () => console.log())`
    const dead = spawn(process.execPath, ['--eval', listening])
    await once(dead.stdout, 'data')
    expect(await holdAt(address)).toBeUndefined()
    dead.kill('SIGKILL')
    await once(dead, 'close')
    expect(existsSync(address)).toBe(true)
    const release = await holdAt(address)
    expect(release).toBeDefined()
    expect(await holdAt(address)).toBeUndefined()
    release?.()
  })
})

describe('a log that has grown', () => {
  test('goes on with --resume where its first part is what it was', async () => {
    writeLines(at, 'events.ndjson', manyLines(2_000))
    await at.run(importing)
    appendFileSync(at.path('events.ndjson'), `${track('a', 'late')}\n`)
    expect(await at.records(`${importing} --json --resume`)).toMatchObject([
      { deliveredBefore: 2_000, delivered: 2_001 },
    ])
    appendFileSync(at.path('events.ndjson'), `${track('a', 'later')}\n`)
    expect(await at.records(`${importing} --json --resume`)).toMatchObject([
      { deliveredBefore: 2_001, delivered: 2_002 },
    ])
    expect(api.arrivals).toHaveLength(2_002)
    expect(new Set(api.arrivals.map(({ id }) => id.split('-')[2])).size).toBe(1)
  })

  test.each([0, 150, 299])('is refused where line %i of its first part has changed', async (index) => {
    // Far more than the beginning that ids are made of.
    const lines = manyLines(300).map((line) => line.replace('}', `,"property":{"pad":"${'x'.repeat(1_000)}"}}`))
    writeLines(at, 'events.ndjson', lines)
    await at.run(importing)
    writeLines(at, 'events.ndjson', [...lines.with(index, lines[index]?.replace('c', 'd') ?? ''), track('a', 'late')])
    const { code, stderr } = await at.run(`${importing} --resume`)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('has changed since') as string })
  })
})

describe.each([
  ['a line', 'events.ndjson', `${track('a', 'one')}\n`, track('a', 'two')],
  ['a row', 'events.csv', 'customer_id,event\na,one\n', 'a,"two"'],
  [
    'an object over several lines',
    'events.json',
    '{\n"customer_id":"a","event":"one"}\n',
    `{\n${track('a', 'two').slice(1)}`,
  ],
])('%s that was only half written', (_what, name, first, last) => {
  test('is a reject, and is read again once it is whole', async () => {
    const resuming = `obsidian-events track --from ${name} --json --resume`
    writeFileSync(at.path(name), first + last.slice(0, -2))
    expect(await at.records(resuming)).toMatchObject([{ delivered: 1, rejected: 1 }])
    expect(await at.records(resuming)).toMatchObject([{ delivered: 1, rejected: 1 }])
    appendFileSync(at.path(name), `${last.slice(-2)}\n`)
    expect(await at.records(resuming)).toMatchObject([{ delivered: 2, rejected: 0 }])
    expect(api.eventsOf('a')).toEqual(['one', 'two'])
  })
})

describe('journal and rejects', () => {
  const lines = [...manyLines(5), 'junk']

  test('are for their owner only, also where they were there before', async () => {
    writeLines(at, 'events.ndjson', lines)
    writeFileSync(at.path('old.ndjson'), '', { mode: 0o644 })
    await at.run(`${importing} --rejects rejects.ndjson`)
    expect([mode('events.ndjson.journal'), mode('rejects.ndjson')]).toEqual(['600', '600'])
    chmodSync(at.path('events.ndjson.journal'), 0o644)
    await at.run(`${importing} --rejects old.ndjson --restart`)
    expect([mode('events.ndjson.journal'), mode('old.ndjson')]).toEqual(['600', '600'])
  })

  test.each(['--journal link', '--rejects link'])('follow no link: %s', async (option) => {
    writeLines(at, 'events.ndjson', lines)
    writeFileSync(at.path('precious'), 'mine')
    symlinkSync('precious', at.path('link'))
    const { code, stderr } = await at.run(`${importing} ${option}`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `link is a link, which is not followed here. Name the file that it points to.\n${see('command-line')}`,
    })
    expect(readFileSync(at.path('precious'), 'utf8')).toBe('mine')
    expect(api.arrivals).toEqual([])
  })

  test.runIf(existsSync('/proc/self/fd'))(
    'are on the disk before a line counts as done: rejects first, then the place',
    async () => {
      writeLines(at, 'events.ndjson', ['junk'])
      writeFileSync(at.path('watch.cjs'), watchFiles)
      at.env['NODE_OPTIONS'] = `--require ${at.path('watch.cjs')}`
      await at.run(`${importing} --rejects rejects.ndjson`)
      const steps = readFileSync(at.path('steps'), 'utf8').trim().split('\n')
      const last = (step: string) => steps.lastIndexOf(step)
      expect(last('write rejects.ndjson')).toBeGreaterThan(-1)
      const synced = last('synced rejects.ndjson')
      expect(synced).toBeGreaterThan(last('write rejects.ndjson'))
      expect(last('write events.ndjson.journal')).toBeGreaterThan(synced)
      expect(last('synced events.ndjson.journal')).toBeGreaterThan(last('write events.ndjson.journal'))
      expect(last('totals')).toBeGreaterThan(last('synced events.ndjson.journal'))
    },
  )

  test('--rejects - writes them to standard output, and all else to standard error', async () => {
    writeLines(at, 'events.ndjson', lines)
    const { code, stdout, stderr } = await at.run(`${importing} --rejects -`)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ line: 6, input: 'junk' })
    expect(stderr).toMatch(/^delivered +5$/m)
    expect(existsSync(at.path('-'))).toBe(false)
  })
})

test.skipIf(process.platform === 'win32')(
  'a folder that is read-only: it says where else the place can be kept',
  async () => {
    mkdirSync(at.path('folder'))
    writeLines(at, 'folder/events.ndjson', manyLines(3))
    chmodSync(at.path('folder'), 0o555)
    chmodSync(at.cwd, 0o777)
    // To the superuser no folder is read-only.
    const user = process.getuid?.() === 0 ? 'setpriv --reuid=65534 --regid=65534 --clear-groups ' : ''
    const command = `${user}obsidian-events track --from folder/events.ndjson`
    expect(await at.run(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `folder/events.ndjson.journal cannot be used: its permissions forbid it. Keep the place of the import in another folder: --journal FILE.\n${see('command-line')}`,
    })
    expect(await at.run(`${command} --journal place`)).toMatchObject({ code: 0 })
    chmodSync(at.path('folder'), 0o755)
  },
)

/** Notes what is written to files and synced, in order. */
const watchFiles = `
const fs = require('node:fs')
const { basename } = require('node:path')
const { writeSync, fdatasync, appendFileSync, readlinkSync } = fs
const note = (what, fd) => appendFileSync('steps', what + ' ' + basename(readlinkSync('/proc/self/fd/' + fd)) + '\\n')
fs.writeSync = (fd, ...rest) => (fd > 2 && note('write', fd), writeSync(fd, ...rest))
fs.fdatasync = (fd, done) => fdatasync(fd, (error) => (note('synced', fd), done(error)))
const { write } = process.stdout
process.stdout.write = function (...all) { appendFileSync('steps', 'totals\\n'); return write.apply(this, all) }
require('node:module').syncBuiltinESMExports()
`

test('the half of a reject that a crash has left spoils none of those that follow', async () => {
  writeLines(at, 'events.ndjson', [track('a', '1'), '{"x":1}', track('a', '2'), '{"x":2}'])
  api.answer = (_request, count) => (count === 2 ? 401 : 200)
  await at.run(`${importing} --concurrency 1 --rejects rejects.ndjson`)
  appendFileSync(at.path('rejects.ndjson'), '{"line":4,"rea')
  // As it was before the last line was noted.
  const journal = readFileSync(at.path('events.ndjson.journal'), 'utf8').split('\n')
  writeFileSync(at.path('events.ndjson.journal'), `${journal[0]}\n1 = 1 0\n`)
  api.answer = () => 200
  await at.run(`${importing} --resume --rejects rejects.ndjson`)
  const lines = readFileSync(at.path('rejects.ndjson'), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(expect.arrayContaining([2, 4]))
})

test('two imports do not share a journal that they reach by different names', async () => {
  writeLines(at, 'one.ndjson', manyLines(1))
  writeLines(at, 'other.ndjson', manyLines(1))
  mkdirSync(at.path('places'))
  symlinkSync(at.path('places'), at.path('link'))
  api.answer = () => undefined
  const child = at.start('obsidian-events track --from one.ndjson --journal places/j')
  await expect.poll(() => api.arrivals.length).toBe(1)
  const { stderr } = await at.run('obsidian-events track --from other.ndjson --journal link/j --restart')
  child.kill('SIGKILL')
  expect(stderr).toContain('is being sent by another command at this moment')
})
