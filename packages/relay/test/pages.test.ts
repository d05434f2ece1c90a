import { runInNewContext } from 'node:vm'
import { readFileSync } from 'node:fs'
import { type ConfigurationError, EventTracker } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { run } from '@obsidianlaunch/testkit/run'
import { describe, expect, test } from 'vitest'
import { createAdmin } from '../src/admin.ts'
import { createRelay, type RelayOptions } from '../src/index.ts'
import { Identities } from '../src/policy/identity.ts'
import { settingsOf } from '../src/settings.ts'

const reference = textOf('reference/relay')
const tracker = new EventTracker({ token: 'project-token-of-the-relay', enabled: false })
const secret = 'thirty-two bytes or more that came from a random source'

/** The cells of a table's rows, by the first words of its head. */
function rowsOf(page: string, head: string): string[][] {
  const [, table = ''] = page.split(`\n| ${head} |`)
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2)
  return rows.map((row) => row.split('|').map((cell) => cell.trim()))
}

/** The texts in code quotes of the first cells. */
function namesIn(page: string, head: string): string[] {
  return rowsOf(page, head).flatMap(([, cell = '']) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name))
}

describe('every problem', () => {
  const source = readFileSync(new URL('../src/edge/refusal.ts', import.meta.url), 'utf8')
  const problems = [...source.matchAll(/^ {2}'?([\w-]+)'?: \[(\d{3}), '(.*)'\]/gm)].map((found) => found.slice(1))

  test('has a section of its own, under the anchor that the problem document names, with its status and title', () => {
    expect(problems.length).toBeGreaterThan(20)
    const sections = textOf('errors/relay').matchAll(/^## `([\w-]+)`\n\n\*\*(\d{3}) (.*?)\.\*\* \S/gm)
    expect([...sections].map((found) => found.slice(1))).toEqual(problems)
  })

  test('has a row in the reference, which leads there', () => {
    const rows = [...reference.matchAll(/^\| \[`([\w-]+)`\]\(\.\.\/\.\.\/errors\/relay\/#([\w-]+)\) \| (\d{3}) \|/gm)]
    expect(rows.map(([, name, , status]) => [name, status])).toEqual(problems.map(([name, status]) => [name, status]))
    expect(rows.filter(([, name, anchor]) => name !== anchor)).toEqual([])
  })
})

test('every option is in the reference, and no other', () => {
  const relay = optionsNamedBy(() => createRelay(tracker, { noSuchOption: 1 } as object))
  const identity = { secrets: [secret], audience: 'a', noSuchOption: 1 }
  expect(namesIn(reference, 'option of `createRelay`')).toEqual(relay)
  expect(namesIn(reference, 'option of `identity`')).toEqual(optionsNamedBy(() => createRelay(tracker, { identity })))
  const admin = optionsNamedBy(() => createAdmin(tracker, { noSuchOption: 1 } as object))
  expect(namesIn(reference, 'option of `createAdmin`')).toEqual(admin)
})

/** The options that an error about an unknown one lists. */
function optionsNamedBy(make: () => unknown): string[] {
  try {
    make()
  } catch (thrown) {
    return (/Known are: (.*?)\.?$/.exec((thrown as ConfigurationError).text)?.[1] ?? '').split(', ')
  }
  return []
}

/** Defaults that are told in words. */
const words: Record<string, unknown> = { none: [], all: undefined, '–': undefined, "the platform's": Date }

function valueOf(cell: string): unknown {
  const [, code] = /^`(.*)`$/.exec(cell) ?? []
  if (code !== undefined) return runInNewContext(`(${code})`)
  if (!(cell in words)) throw new Error(`No value is known for ${cell}`)
  return words[cell]
}

test.each(rowsOf(reference, 'option of `createRelay`').map(([, name = '', cell = '']) => [name.slice(1, -1), cell]))(
  'the reference is right about the default of %s, %s',
  (name, cell) => {
    const others = { anyone: true, authorize: () => true, [name]: undefined } as RelayOptions
    const made = (options: RelayOptions) => settingsOf(options)[name as keyof RelayOptions]
    expect(made({ ...others, [name]: valueOf(cell) })).toEqual(made(others))
  },
)

test('the reference is right about the defaults of identity', () => {
  const defaults = rowsOf(reference, 'option of `identity`').map(([, , cell = '']) => cell)
  const [, , mode, prefix] = defaults.map((cell) => (cell === 'needed' ? undefined : valueOf(cell)))
  const identity = { secrets: [secret], audience: 'relay.example.com' }
  expect(mode).toBe(new Identities(identity).mode)
  const identities = new Identities({ ...identity, mode: 'anonymous-only' })
  expect(identities.isAnonymous(`${String(prefix)}1`)).toBe(true)
  expect(identities.isAnonymous(String(prefix).slice(0, -1))).toBe(false)
})

test('every metric is in the guide, and no other', async () => {
  const sharedOutbox = { durable: true, counts: async () => ({ pending: 0, dead: 0 }) } as unknown as Outbox
  const admin = createAdmin(tracker, { sharedOutbox })
  const text = await (await admin.fetch(new Request('http://localhost/metrics'))).text()
  admin.close()
  const known = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  expect(namesIn(textOf('guides/relay-operating'), 'metric').toSorted()).toEqual(known.toSorted())
})

const shown = (count: number | undefined) => count?.toLocaleString('en-US')

test('the guide is right about the rates that are the default', () => {
  const { perAddress, perKey } = settingsOf({ anyone: true }).rateLimit
  const told = textOf('guides/relay-identity').replaceAll(/\s+/g, ' ')
  expect(told).toContain(
    `${shown(perAddress?.perSecond)} requests a second from one address, ${shown(perAddress?.burst)}`,
  )
  expect(told).toContain(`${shown(perKey?.perSecond)} a second under one key, ${shown(perKey?.burst)} at once`)
})

test('the identity that the Python of the guide signs is taken, and no other customer with it', async ({ skip }) => {
  const [, python = ''] = /^```python\n([\s\S]*?)^```/m.exec(textOf('guides/relay-identity')) ?? []
  const program = `${python}\nprint(identity_of('кlient-42', '${secret}'))`
  const ended = await run('python3', ['-c', program]).catch(() => undefined)
  skip(ended === undefined, 'the example in Python needs python3')
  const { stdout = '', stderr } = ended ?? {}
  expect(stderr).toBe('')
  const relay = createRelay(tracker, { identity: { secrets: [secret], audience: 'relay.example.com' } })
  const statusFor = async (customer: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${stdout.trim()}` }
    const body = JSON.stringify({ customer_id: customer, event: 'button_click' })
    return (await relay.fetch(new Request('http://localhost/events/test', { method: 'POST', headers, body }))).status
  }
  expect([await statusFor('кlient-42'), await statusFor('user123')]).toEqual([200, 403])
})
