import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { idOfEvent } from '../../src/import/event-ids.ts'
import { see, Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { track, writeLines } from './files.ts'

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
const line = (fields: object) => JSON.stringify({ customer_id: 'a', event: 'paid', ...fields })

async function rejectsOf(options = ''): Promise<string[]> {
  await at.run(`${importing} --rejects rejects.ndjson --restart ${options}`)
  const text = readFileSync(at.path('rejects.ndjson'), 'utf8')
  return text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => (JSON.parse(each) as { reason: string }).reason)
}

describe('an id in a line', () => {
  test('is the id of its event, of an identify and of a track, and no part of what is sent', async () => {
    const identify = { type: 'identify', customer_id: 'a', name: 'Ada', id: 'customer/7' }
    writeLines(at, 'events.ndjson', [line({ id: 'invoice 7' }), line({ id: 77 }), JSON.stringify(identify)])
    expect(await at.run(importing)).toMatchObject({ code: 0 })
    expect(api.arrivals.map(({ id, body }) => [id, body])).toEqual([
      ['invoice 7', { customer_id: 'a', event: 'paid' }],
      ['77', { customer_id: 'a', event: 'paid' }],
      ['customer/7', { customer_id: 'a', name: 'Ada' }],
    ])
  })

  test('that cannot be one is told, and the line is not sent under another', async () => {
    const ids = ['', ' ', null, {}, ['a'], 'ü', ' a', 'a'.repeat(256)]
    writeLines(
      at,
      'events.ndjson',
      ids.map((id) => line({ id })),
    )
    const reasons = await rejectsOf()
    expect(api.arrivals).toEqual([])
    expect(reasons.toSorted()).toEqual([
      ...Array.from({ length: 2 }, () => 'has no id: id is empty. Fill it in, or take the line out'),
      ...Array.from(
        { length: 2 },
        () => 'has no id: id is neither text nor a number. Fill it in, or take the line out',
      ),
      'has no id: id is null. Fill it in, or take the line out',
      ...Array.from({ length: 3 }, () => expect.stringMatching(/^id must be 1 to 255 printable ASCII/) as string),
    ])
  })

  test('given twice while the first one is on its way is one event, and with other data a rejected line', async () => {
    api.answer = async () => {
      await expect.poll(() => api.arrivals.length).toBe(1)
      return 200
    }
    const lines = [line({ id: '7' }), line({ id: '7' }), line({ id: '7', category: 'other' }), line({ id: '7' })]
    writeLines(at, 'events.ndjson', lines)
    const { code, stdout } = await at.run(importing)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^line +3 {2}id .*other data/m)
    expect(stdout).toMatch(/^lines +4\ndelivered +1\nalready delivered +2 {2}and not sent again\nrejected +1\n/m)
    expect(api.arrivals.map(({ id, body }) => [id, body['category']])).toEqual([['7', undefined]])
  })
})

describe('--id-field', () => {
  test('makes the id of fields, which are sent only where the API knows them', async () => {
    writeLines(at, 'events.ndjson', [
      line({ invoice: { number: 7, line: 1 }, property: { sku: 'x' } }),
      line({ 'invoice.number': 'a|b', invoice: { line: '%' }, property: { sku: 'Grün' }, id: 'unused' }),
    ])
    const { code } = await at.run(`${importing} --id-field invoice.number,invoice.line --id-field property.sku`)
    expect(code).toBe(0)
    expect(api.arrivals.map(({ id, body }) => [id, body])).toEqual([
      ['7|1|x', { customer_id: 'a', event: 'paid', property: { sku: 'x' } }],
      ['a%7Cb|%25|Gr%C3%BCn', { customer_id: 'a', event: 'paid', property: { sku: 'Grün' } }],
    ])
  })

  test('a line that lacks one of them is rejected', async () => {
    const lines = [{}, { invoice: 7 }, { invoice: 7, line: null }, { invoice: 7, line: '' }, { invoice: 7, line: [1] }]
    writeLines(at, 'events.ndjson', [...lines.map(line), track('a', 'without'), line({ invoice: 7, line: 1 })])
    const reasons = await rejectsOf('--id-field invoice,line')
    expect(reasons).toEqual([
      'has no id: invoice is missing. Fill it in, or choose other fields by --id-field',
      'has no id: line is missing. Fill it in, or choose other fields by --id-field',
      'has no id: line is null. Fill it in, or choose other fields by --id-field',
      'has no id: line is empty. Fill it in, or choose other fields by --id-field',
      'has no id: line is neither text nor a number. Fill it in, or choose other fields by --id-field',
      'has no id: invoice is missing. Fill it in, or choose other fields by --id-field',
    ])
    expect(api.arrivals.map(({ id }) => id)).toEqual(['7|1'])
  })

  test('a dry run finds the lines without an id, too', async () => {
    writeLines(at, 'events.ndjson', [line({ invoice: 7 }), track('a', 'without')])
    const { code, stdout } = await at.run(`${importing} --id-field invoice --dry-run`)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^valid +1\nrejected +1$/m)
  })

  test('that no line at the beginning has stops at once, and lists the fields that there are', async () => {
    writeLines(at, 'events.ndjson', [line({ property: { invoice: 7, at: { day: 1 } } }), track('a', 'without')])
    expect(await at.run(`${importing} --id-field invoice`)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'events.ndjson has no field invoice in its first 2 lines, so --id-field makes no id of it. Did you mean property.invoice? Its fields are customer_id, event, property.invoice, property.at.day.\n' +
        see('command-line'),
    })
    writeLines(at, 'events.csv', ['user,event,invoice', 'a,paid,7'])
    const table = 'obsidian-events track --from events.csv --map customer_id=user --id-field'
    expect(await at.run(`${table} invoise`)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'events.csv has no column invoise, so --id-field makes no id of it. Did you mean invoice? Its columns are user, event, invoice.\n' +
        see('command-line'),
    })
    expect(api.arrivals).toEqual([])
    // A field may be named as the file names it, as it goes in, or as a constant that is set.
    const ways = ['user,invoice', 'customer_id,invoice', 'invoice,property.batch --set property.batch=june']
    for (const way of ways) expect(await at.run(`${table} ${way} --restart`)).toMatchObject({ code: 0 })
    expect(api.arrivals.map(({ id }) => id)).toEqual(['a|7', 'a|7', '7|june'])
  })

  test('a run with other fields does not go on where one has stopped', async () => {
    writeLines(at, 'events.ndjson', [line({ invoice: 7, line: 1 })])
    await at.run(`${importing} --id-field invoice,line`)
    const { code, stderr } = await at.run(`${importing} --resume --id-field invoice`)
    expect(code).toBe(2)
    expect(stderr).toContain('--id-field invoice,line')
    expect(await at.run(`${importing} --id-field invoice,`)).toMatchObject({ code: 2 })
    expect(await at.run('obsidian-events track user123 paid --id-field invoice')).toMatchObject({ code: 2 })
  })
})

function idOf(fields: object): string {
  const found = idOfEvent(fields as Record<string, unknown>, Object.keys(fields))
  return found !== undefined && 'id' in found ? found.id : ''
}

test('values that differ make ids that differ, however they are joined', () => {
  const values = ['a', 'ab', 'bc', 'c', 'abc', 'a|b', '|', 'a|', '|c', '%7C', 'ü', '%C3%BC', ' a', 'a ', '%20a', 'a b']
  const ids = [
    ...values.map((one) => idOf({ one })),
    ...values.flatMap((one) => values.map((other) => idOf({ one, other }))),
    ...values.map((one) => idOf({ one: one.repeat(300), other: 'long' })),
  ]
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[!-~]([ -~]{0,253}[!-~])?$/)
})
