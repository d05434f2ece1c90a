import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { track } from './files.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const idsIn = async (options: string) => {
  const { stdout } = await at.run(`obsidian-events track --dry-run ${options}`)
  return /^ids {5}(.*)$/m.exec(stdout)?.[1]
}

describe('the ids in a dry run', () => {
  test('are those of the import, with what they are made of', async () => {
    writeFileSync(at.path('events.csv'), 'customer_id,event,invoice\na,x,7\nb,x,8\n')
    expect(await idsIn('--from events.csv --id-field invoice')).toBe(
      'line 2: 7, line 3: 8; made of invoice (--id-field), so the same in every file',
    )
    const made = await idsIn('--from events.csv')
    expect(made).toMatch(/^line 2: (\S+), line 3: (\S+); made of the line, its number and the file: in another file/)
    await at.run('obsidian-events track --from events.csv')
    expect([...(made ?? '').matchAll(/line \d: ([^,;]+)/g)].map(([, id]) => id)).toEqual(
      api.arrivals.map(({ id }) => id).toSorted(),
    )
  })

  test('are told for each line, in words and in JSON, wherever they come from', async () => {
    const lines = [
      '{"customer_id":"a","event":"x","id":7}',
      '{"customer_id":"a","event":"x"}',
      '{"customer_id":"a","event":"x","id":null}',
    ]
    writeFileSync(at.path('events.ndjson'), `${lines.join('\n')}\n`)
    const { stdout } = await at.run('obsidian-events track --from events.ndjson --dry-run')
    expect(stdout).toMatch(/^ids {5}line 1: 7, line 3: has no id: id is null.*; from the field id, so the same/m)
    expect(stdout).toMatch(/^ {8}line 2: 2-\S+; made of the line/m)
    const [look] = await at.records('obsidian-events track --from events.ndjson --dry-run --json')
    expect(look).toMatchObject({
      ids: [
        { line: 1, from: 'id', id: '7' },
        { line: 2, from: 'line', id: expect.stringMatching(/^2-/) as string },
        { line: 3, from: 'id', reason: expect.stringContaining('id is null') as string },
      ],
    })
  })

  test('are made anew for a pipe, which is told', async () => {
    writeFileSync(at.path('events.ndjson'), `${track('a', 'x')}\n`)
    expect(await idsIn('--from - < events.ndjson')).toContain('made anew in each run')
  })
})

test('the fields of a table are listed in the order of its columns', async () => {
  writeFileSync(at.path('events.csv'), 'property.b,event,property.a,customer_id\n1,x,2,a\n')
  const { stdout } = await at.run('obsidian-events track --from events.csv --dry-run')
  expect(stdout).toContain('fields  property.b, event, property.a, customer_id\n')
  const [look] = await at.records('obsidian-events track --from events.csv --dry-run --json')
  const columns = (look as { columns: { column: string }[] } | undefined)?.columns.map(({ column }) => column)
  expect(columns).toEqual(['property.b', 'event', 'property.a', 'customer_id'])
})
