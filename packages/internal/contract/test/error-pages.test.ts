import * as sdk from '@obsidianlaunch/events'
import type { ErrorCode } from '@obsidianlaunch/events'
import { sitePages, siteUrl, textOf } from '@obsidianlaunch/testkit/pages'
import { describe, expect, test } from 'vitest'

const answered = (status: number) => ({ status, body: '', text: 'no', headers: {}, retryable: false })

/** One error of each class that the SDK exports. */
const errors = {
  ApiError: new sdk.ApiError('trackEvent', answered(400)),
  AuthenticationError: new sdk.AuthenticationError('trackEvent', answered(401)),
  CancelledError: new sdk.CancelledError('It was cancelled.', false, undefined),
  ClosedError: new sdk.ClosedError('It was closed.'),
  ConfigurationError: new sdk.ConfigurationError('It is unknown.'),
  ConnectionError: new sdk.ConnectionError('It cannot be reached.'),
  OutboxError: new sdk.OutboxError('full', 'It is full.'),
  PermissionError: new sdk.PermissionError('trackEvent', answered(403)),
  QueueFullError: new sdk.QueueFullError('It is full.', true),
  RateLimitError: new sdk.RateLimitError('trackEvent', answered(429)),
  ServerError: new sdk.ServerError('trackEvent', answered(503)),
  TimeoutError: new sdk.TimeoutError('It took too long.'),
  ValidationError: new sdk.ValidationError([{ path: 'event', reason: 'must not be empty' }]),
}

/** Each code of an error: one that is forgotten does not compile. */
const codes: Record<ErrorCode, true> = {
  api: true,
  cancelled: true,
  closed: true,
  configuration: true,
  connection: true,
  outbox: true,
  queue_full: true,
  timeout: true,
  validation: true,
}

const index = textOf('errors')

/** The place of the page to which an address leads. */
function placeOf(address: string): string {
  expect(address.startsWith(siteUrl) && address.endsWith('/')).toBe(true)
  return address.slice(siteUrl.length, -1)
}

test('every class of error that the SDK exports is looked at, and every code', () => {
  const exported = Object.entries(sdk).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof sdk.EventTrackingError,
  )
  expect(exported.map(([name]) => name).toSorted()).toEqual(Object.keys(errors).toSorted())
  expect(new Set(Object.values(errors).map(({ code }) => code))).toEqual(new Set(Object.keys(codes)))
})

describe.each(Object.entries(errors))('%s', (name, error) => {
  test('its message is its text and the address of a page that is there', () => {
    expect(error.message).toBe(`${error.text} See ${error.help}`)
    expect(error.text).not.toContain(siteUrl)
    expect(sitePages()).toContain(placeOf(error.help))
  })

  test('its page shows how the message begins, and the index has it in a row with its code', () => {
    expect(textOf(placeOf(error.help))).toContain(`\n${name}: `)
    const row = index.split('\n').find((line) => line.includes(`[\`${name}\`]`))
    expect(row).toContain(`| \`${error.code}\` | [\`${name}\`](${placeOf(error.help).replace('errors/', '')}/)`)
  })

  test('what prints an error with its members says the message once', () => {
    expect(Object.keys(error)).not.toContain('text')
    expect(Object.keys(error)).not.toContain('help')
  })
})

test.each([
  [300, 'api'],
  [400, 'api'],
  [401, 'authentication'],
  [403, 'permission'],
  [404, 'api'],
  [413, 'api'],
  [429, 'rate-limit'],
  [500, 'server'],
  [599, 'server'],
])('the answer %i leads to the page %s', (status, page) => {
  expect(new sdk.ApiError('trackEvent', answered(status)).help).toBe(`${siteUrl}errors/${page}/`)
})

test.each([
  ['no full stop', 'Failed to track event: 400 - no full stop.'],
  ['An end of its own!', 'Failed to track event: 400 - An end of its own!'],
  ['a line \n', 'Failed to track event: 400 - a line.'],
  ['', 'Failed to track event: 400.'],
  [
    `a relay's own: See ${siteUrl}errors/relay/`,
    `Failed to track event: 400 - a relay's own: See ${siteUrl}errors/relay/.`,
  ],
])('a text of the server is ended before the address: %j', (text, said) => {
  const error = new sdk.ApiError('trackEvent', { ...answered(400), text })
  expect([error.text, error.help]).toEqual([said, `${siteUrl}errors/api/`])
})

test('each page about errors is linked from their index', () => {
  const places = sitePages().filter((place) => place.startsWith('errors/'))
  expect(places.length).toBeGreaterThan(14)
  expect(places.filter((place) => !index.includes(`](${place.replace('errors/', '')}/`))).toEqual([])
})
