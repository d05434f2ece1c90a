import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>
}
const entries = Object.entries(exports).filter(
  (entry): entry is [string, Record<string, string>] => typeof entry[1] === 'object',
)

test('each entry point has a build for servers and one for the rest, and no program gets a mixture', () => {
  for (const [name, { node, workerd, default: page, ...others }] of entries) {
    expect([name, node, workerd]).toEqual([name, page?.replace(/\.js$/, '.node.js'), node])
    expect(Object.keys(others)).toEqual(['types'])
    // The types stand first, and `default` last: the first condition that holds counts.
    expect(Object.keys(exports[name] as object)).toEqual(['types', 'node', 'workerd', 'default'])
  }
})

test.each(['node', 'workerd', 'default'])(
  'by the condition %s all entry points share their errors',
  async (condition) => {
    const load = (name: string) =>
      import(new URL((exports[name] as Record<string, string>)[condition] ?? '', root).href)
    const { ConfigurationError } = await load('.')
    const [{ sqliteOutbox }, { sqliteThreadOutbox }, { indexedDbOutbox }, { bookVendorCalls }] = await Promise.all(
      ['./sqlite', './sqlite-thread', './indexeddb', './vendors'].map(load),
    )
    for (const open of [sqliteOutbox, sqliteThreadOutbox, indexedDbOutbox, bookVendorCalls]) {
      expect(() => open(7)).toThrow(ConfigurationError)
    }
    const { withCustomer } = await load('./context')
    const { ValidationError } = await load('.')
    expect(() => withCustomer('user123', 7)).toThrow(ValidationError)
  },
)

test('the build for pages has nothing of what only servers have', () => {
  const text = readFileSync(new URL('dist/index.js', root), 'utf8')
  const chunks = [...text.matchAll(/"\.\/(shared-\w+\.js)"/g)].map(([, file]) => file)
  const all = [text, ...chunks.map((file) => readFileSync(new URL(`dist/${file}`, root), 'utf8'))].join('\n')
  const signs = ['EventTracker = class', 'EVENT_TRACKING_DEBUG', 'runStores', 'asyncEnd', 'no customer is in context']
  expect(signs.filter((sign) => all.includes(sign))).toEqual(['EventTracker = class'])
  const ofServers = readFileSync(new URL('dist/index.node.js', root), 'utf8')
  expect(signs.filter((sign) => ofServers.includes(sign))).toEqual(signs)
})
