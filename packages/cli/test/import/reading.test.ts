import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive((_request, count) => (count > 3 ? 401 : 200))
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const rows = Array.from({ length: 8 }, (_, index) => `u${index};g${index};paid;u${index},x`)
const table = ['user;group;event;mail', ...rows].join('\n')
const objects = rows.map((row) => {
  const [user, group, event] = row.split(';')
  return { customer_id: group, event, property: { user } }
})
const mapped = '--from sales.csv --map customer_id=user'

/** Imports until the token is refused. */
async function begin(line: string): Promise<void> {
  writeFileSync(at.path('sales.csv'), `${table}\n`)
  writeFileSync(at.path('sales.json'), JSON.stringify(objects, null, 1))
  writeFileSync(at.path('sales.ndjson'), objects.map((each) => `${JSON.stringify(each)}\n`).join(''))
  expect(await at.run(`obsidian-events track ${line}`)).toMatchObject({ code: 3 })
  api.answer = () => 200
}

test.each([
  [mapped, '--from sales.csv --map customer_id=group', '--map customer_id=user', '--map customer_id=group'],
  [mapped, `${mapped} --id-field user`, '--map customer_id=user', '--id-field user'],
  [mapped, `${mapped} --columns user,group,event,mail`, '--separator ;', '--columns user,group,event,mail'],
  [
    mapped,
    `--from sales.csv --separator , --columns customer_id,event`,
    '--separator ;',
    '--columns customer_id,event',
  ],
  ['--from sales.json', '--from sales.json --format ndjson', '--format json', 'no such option'],
  [
    '--from sales.ndjson',
    '--from sales.ndjson --map category=property.user',
    'no such option',
    '--map category=property.user',
  ],
  [
    '--from sales.json --map category=property.user --map customer_id:text=property.user',
    '--from sales.json --map category=property.user --map customer_id=property.user',
    '--map customer_id:text=property.user',
    '--map customer_id=property.user',
  ],
])('%s is not gone on with by %s', async (before, now, was, is) => {
  await begin(before)
  const sent = api.arrivals.length
  const { code, stderr } = await at.run(`obsidian-events track ${now} --resume`)
  expect(stderr).toMatch(/^sales\.\w+ was read in another way when its journal was begun/)
  const [, options = '', others = ''] = /begun \((.*)\) than now \((.*)\)/s.exec(stderr) ?? []
  expect(options).toContain(was)
  expect(others).toContain(is)
  expect(code).toBe(2)
  expect(api.arrivals).toHaveLength(sent)
  expect(await at.run(`obsidian-events track ${before} --resume`)).toMatchObject({ code: 0 })
})

test('what was found out by itself and is said now reads the same lines under the same ids', async () => {
  await begin(`${mapped} --concurrency 1`)
  const refused = api.arrivals.at(-1)?.id
  api.arrivals.splice(3)
  expect(await at.run(`obsidian-events track ${mapped} --format csv --separator ';' --resume`)).toMatchObject({
    code: 0,
  })
  expect(api.arrivals).toHaveLength(8)
  expect(api.arrivals.map(({ id }) => id)).toContain(refused)
})
