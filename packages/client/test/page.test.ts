import { textOf } from '@obsidianlaunch/testkit/pages'
import { expect, test } from 'vitest'
import { defaultBaseUrl } from '../src/core.ts'
import type { EventsClientOptions } from '../src/options.ts'

/** The options; one that is missing here does not compile. */
const known: Record<keyof EventsClientOptions, true> = {
  token: true,
  baseUrl: true,
  fetch: true,
  transport: true,
  logger: true,
}

test('the page of the client has all its options, and the address that it takes by default', () => {
  const [, table = ''] = textOf('reference/client').split('\n| option of `createEventsClient` |')
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2)
  const defaults = Object.fromEntries(
    rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/[`|]/g, '').trim())),
  )
  expect(Object.keys(defaults)).toEqual(Object.keys(known))
  expect(defaults['baseUrl']).toBe(defaultBaseUrl)
})
