import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { expect, test } from 'vitest'
import { pendingIn } from '../../src/relay/outbox.ts'

function shared(counts: Outbox['counts']) {
  return { outbox: { counts } as Outbox, name: 'postgres://db/app', isShared: true, slow: '', failure: String }
}

test.each<[string, Outbox['counts']]>([
  ['fails', () => Promise.reject(new Error('The server was restarted.'))],
  [
    'throws',
    () => {
      throw new Error('The server was restarted.')
    },
  ],
  ['never ends', () => new Promise(() => undefined)],
])('a relay starts though the count of what is pending %s', async (_, counts) => {
  expect(await pendingIn(shared(counts), 0)).toBeUndefined()
})

test('what is pending at the start is what all have stored who share the outbox', async () => {
  const both = shared(() => ({ pending: 5, dead: 1 }))
  expect(await pendingIn(both, 2)).toBe(5)
  expect(await pendingIn({ ...both, isShared: false }, 2)).toBe(2)
})
