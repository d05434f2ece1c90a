import { expect, test } from 'vitest'
import { changesBetween } from '../../src/spec-check/changes.ts'
import { root } from '@obsidianlaunch/testkit/workspace'
import { add, all, bothSides, copy, customer, event, remove, set, track } from './editing.ts'

test('each change is named in words, where it is written', async () => {
  const step = all(
    set([...event, 'properties', 'region'], { type: 'string' }),
    remove([...event, 'properties', 'event', 'minLength']),
    set([...customer, 'properties', 'properties', 'properties'], { content: { type: 'string' } }),
    set([...customer, 'properties', 'email', 'description'], "The customer's address."),
    remove([...customer, 'required', 1]),
    copy([...track, 'responses', '200'], [...track, 'responses', '202']),
    add([...track, 'parameters'], { name: 'X-Region', in: 'header', schema: { type: 'string' } }),
    set(['components', 'responses', 'Tracked', 'headers'], { 'X-Request-Id': { schema: { type: 'string' } } }),
    set(['servers', 0, 'url'], 'https://eu.obsidianlaunch.co'),
    set(['components', 'parameters', 'IdempotencyKey', 'schema', 'maxLength'], 255),
  )
  const changes = await changesBetween(
    root,
    ...bothSides({ bump: 'major', before: add([...customer, 'required'], 'email'), step }),
  )
  expect(changes.map(({ impact, words }) => `${impact} ${words}`).toSorted()).toEqual([
    'major Server https://events.obsidianlaunch.co became https://eu.obsidianlaunch.co (servers 0)',
    'major maxLength was set to "255" (IdempotencyKey schema)',
    'major the default server was https://events.obsidianlaunch.co, now https://eu.obsidianlaunch.co',
    'minor IdentifyCustomer: required was [customer_id, email], now [customer_id]',
    'minor TrackEvent.event: minLength was 1, now none',
    'minor added IdentifyCustomer.properties.properties',
    'minor added POST /events/test parameters X-Region',
    'minor added POST /events/test responses 202',
    'minor added TrackEvent.region',
    'minor added Tracked headers',
    'patch IdentifyCustomer.email: description changed',
  ])
})
