import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>
}
const entries = Object.entries(exports).filter(
  (entry): entry is [string, Record<string, string>] => typeof entry[1] === 'object',
)

function load(name: string, condition: string) {
  return import(new URL((exports[name] as Record<string, string>)[condition] ?? '', root).href)
}

test('each entry point has a build for servers and one for the rest, and no program gets a mixture', () => {
  for (const [name, { node, workerd, 'edge-light': edge, default: page, ...others }] of entries) {
    expect([name, node, workerd, edge]).toEqual([name, page?.replace(/\.js$/, '.node.js'), node, node])
    expect(Object.keys(others)).toEqual(['types'])
    // The types stand first, and `default` last: the first condition that holds counts.
    expect(Object.keys(exports[name] as object)).toEqual(['types', 'node', 'workerd', 'edge-light', 'default'])
  }
})

test.each(['node', 'default'])('by the condition %s all entry points share their errors', async (condition) => {
  const { ConfigurationError } = await load('.', condition)
  const [{ sqliteOutbox }, { sqliteThreadOutbox }, { indexedDbOutbox }, { bookVendorCalls }] = await Promise.all(
    ['./sqlite', './sqlite-thread', './indexeddb', './vendors'].map((name) => load(name, condition)),
  )
  for (const open of [sqliteOutbox, sqliteThreadOutbox, indexedDbOutbox, bookVendorCalls]) {
    expect(() => open(7)).toThrow(ConfigurationError)
  }
  const { withCustomer } = await load('./context', condition)
  const { ValidationError } = await load('.', condition)
  expect(() => withCustomer('user123', 7)).toThrow(ValidationError)
})

test('what only the build for servers can do says so in a bundle that has the other one, and which condition it takes', async () => {
  const { instrumentEvents } = await load('./opentelemetry', 'default')
  const { bookVendorCalls } = await load('./vendors', 'default')
  for (const start of [instrumentEvents, bookVendorCalls]) expect(() => start()).toThrow('the condition "node"')
})

test('the build for pages has nothing of what only servers have', () => {
  const text = readFileSync(new URL('dist/index.js', root), 'utf8')
  const chunks = [...text.matchAll(/"\.\/(shared-\w+\.js)"/g)].map(([, file]) => file)
  const all = [text, ...chunks.map((file) => readFileSync(new URL(`dist/${file}`, root), 'utf8'))].join('\n')
  const signs = ['EventTracker = class', 'EVENT_TRACKING_DEBUG', 'runStores', 'asyncEnd', 'no customer is in context']
  expect(signs.filter((sign) => all.includes(sign))).toEqual(['EventTracker = class'])
  const ofServers = readFileSync(new URL('dist/index.node.js', root), 'utf8')
  expect(signs.filter((sign) => ofServers.includes(sign))).toEqual(signs)
})
