import { expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/index.ts'
import { indexedDbOutbox, type IndexedDbOutboxOptions } from '../../../src/outbox/indexeddb/indexeddb.ts'

test('on a server a module with an outbox for pages can be loaded, and each call says what is missing', async () => {
  const outbox = indexedDbOutbox('events')
  await expect(outbox.counts()).rejects.toThrow(/no indexedDB.* without an outbox/)
  await expect(outbox.append([])).rejects.toThrow(ConfigurationError)
  await outbox.close()
  await expect(outbox.counts()).rejects.toMatchObject({ code: 'closed' })
})

test.each<[unknown, unknown, string]>([
  ['', {}, "such as 'events'"],
  [undefined, {}, "such as 'events'"],
  ['events', null, 'must be an object'],
  ['events', { rememberedIds: -1 }, 'rememberedIds must be an integer'],
  ['events', { maxBytes: 1_000 }, 'maxBytes is no option; known is rememberedIds'],
])('an outbox named %j with the options %j is refused', (name, options, message) => {
  const make = () => indexedDbOutbox(name as string, options as IndexedDbOutboxOptions)
  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(message)
})

test('an option that is undefined is the same as none', () => {
  expect(indexedDbOutbox('events', { rememberedIds: undefined }).durable).toBe(true)
})
