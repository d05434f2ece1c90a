import { readFileSync } from 'node:fs'
import { EventTracker } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { run } from '@obsidianlaunch/testkit/run'
import { expect, test } from 'vitest'
import { createAdmin } from '../src/admin.ts'
import { createRelay } from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const tracker = new EventTracker({ token: 'project-token-of-the-relay', enabled: false })

/** The first cells of a table, by the first words of its head. */
function rowsOf(head: string): string[] {
  const [, table = ''] = readme.split(`\n| ${head} |`)
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2)
  return rows.map((row) => row.split('|')[1]?.trim() ?? '')
}

test('every problem has a row in the README, under the anchor that the problem document names', () => {
  const source = readFileSync(new URL('../src/edge/refusal.ts', import.meta.url), 'utf8')
  const problems = [...source.matchAll(/^ {2}'?([\w-]+)'?: \[(\d{3}), '/gm)].map(([, name, status]) => [name, status])
  expect(problems.length).toBeGreaterThan(20)
  const rows = [...readme.matchAll(/^\| <a id="problem-([\w-]+)"><\/a>`([\w-]+)` \| (\d{3}) \|/gm)]
  expect(rows.map(([, anchor, , status]) => [anchor, status])).toEqual(problems)
  expect(rows.filter(([, anchor, name]) => anchor !== name)).toEqual([])
})

test('every option is in the README, and no other', () => {
  const known = optionsNamedBy(() => createRelay(tracker, { noSuchOption: 1 } as object))
  expect(rowsOf('option of `createRelay`')).toEqual(known.map((name) => `\`${name}\``))
})

/** The options that an error about an unknown one lists. */
function optionsNamedBy(make: () => unknown): string[] {
  try {
    make()
  } catch (thrown) {
    return (/Known are: (.*)\.$/.exec((thrown as Error).message)?.[1] ?? '').split(', ')
  }
  return []
}

test('every metric is in the README, and no other', async () => {
  const sharedOutbox = { durable: true, counts: async () => ({ pending: 0, dead: 0 }) } as unknown as Outbox
  const admin = createAdmin(tracker, { sharedOutbox })
  const text = await (await admin.fetch(new Request('http://localhost/metrics'))).text()
  admin.close()
  const known = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  const told = rowsOf('metric').flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
  expect(told.toSorted()).toEqual(known.toSorted())
})

test('the identity that the Python of the README signs is taken, and no other customer with it', async ({ skip }) => {
  const [, python = ''] = /^```python\n([\s\S]*?)^```/m.exec(readme) ?? []
  const secret = 'thirty-two bytes or more that came from a random source'
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
