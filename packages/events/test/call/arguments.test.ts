import { expect, test } from 'vitest'
import { ConfigurationError, EventTracker } from '../../src/index.ts'

type Call = (tracker: EventTracker) => Promise<unknown>

test.each<[string, string, Call]>([
  ['no id of a customer', 'customerId must be', (tracker) => tracker.forget(undefined as never)],
  ['an empty id of a customer', 'customerId must be', (tracker) => tracker.forget('')],
  ['a customer in place of an id', 'customerId must be', (tracker) => tracker.forget({ id: 'user123' } as never)],
  ['no ids of dead letters', 'ids must be a list', (tracker) => tracker.replay(undefined as never)],
  ['one id in place of a list', 'ids must be a list', (tracker) => tracker.replay('1' as never)],
  ['dead letters in place of their ids', 'ids must be a list', (tracker) => tracker.replay([{ id: '1' }] as never)],
  ['a limit that is no number', 'limit must be', (tracker) => tracker.deadLetters({ limit: '5' } as never)],
  ['a limit below nothing', 'limit must be', (tracker) => tracker.deadLetters({ limit: -1 })],
  ['an id that is no text', 'afterId must be', (tracker) => tracker.deadLetters({ afterId: 7 } as never)],
  ['a misspelt option', 'unknown option limits', (tracker) => tracker.deadLetters({ limits: 5 } as never)],
])('a call that could do nothing says so: %s', async (_, reason, call) => {
  const tracker = new EventTracker({ token: 'secret' })
  const refused = call(tracker)
  await expect(refused).rejects.toBeInstanceOf(ConfigurationError)
  await expect(refused).rejects.toThrow(reason)
})

test('options that are undefined or null are not given', async () => {
  const tracker = new EventTracker({ token: 'secret' })
  expect(await tracker.deadLetters(null as never)).toEqual([])
  expect(await tracker.deadLetters({ limit: undefined, afterId: undefined })).toEqual([])
})
