import { ConfigurationError, EventTracker } from '@obsidianlaunch/events'
import { expect, test } from 'vitest'
import { createRelay, type RelayOptions } from '../src/index.ts'
import { key } from './support/relay.ts'

const tracker = new EventTracker({ token: 'options-of-the-relay' })
const secrets = ['a-secret-of-thirty-two-bytes-or-more']

test.each<[unknown, RegExp]>([
  [{}, /say who may send events/],
  [{ anyone: false }, /say who may send events/],
  [{ keys: [] }, /say who may send events/],
  [{ keys: ['sk_live_0123456789abcdef'] }, /publishable key/],
  [{ keys: ['pk_short'] }, /publishable key/],
  [{ keys: 'pk_live_0123456789abcdef' }, /keys must be a list/],
  [{ keys: [key], origins: 'https://app.example.com' }, /origins must be a list/],
  [{ keys: [key], origins: ['*'] }, /each of origins/],
  [{ keys: [key], origins: ['https://app.example.com/'] }, /each of origins/],
  [{ keys: [key], origins: ['https://*.example.com'] }, /each of origins/],
  [{ keys: [key], origins: ['null'] }, /each of origins/],
  [{ keys: [key], basePath: 'collect' }, /basePath must be a path/],
  [{ identity: { secrets: ['short'], audience: 'a' } }, /at least 32 bytes/],
  [{ identity: { secrets: [], audience: 'a' } }, /list of secrets/],
  [{ identity: { secrets } }, /audience/],
  [{ identity: { secrets, audience: 'a', mode: 'off' } }, /mode/],
  [{ identity: { secrets, audience: 'a', anonymousPrefix: '' } }, /anonymousPrefix/],
  [{ keys: [key], rateLimit: { perAddress: { perSecond: 0, burst: 1 } } }, /rateLimit.perAddress/],
  [{ keys: [key], rateLimit: { perAddress: { perSecond: Infinity, burst: 1 } } }, /rateLimit.perAddress/],
  [{ keys: [key], rateLimit: { perAddress: { perSecond: '5', burst: 1 } } }, /rateLimit.perAddress/],
  [{ keys: [key], rateLimit: { perIp: false } }, /rateLimit has no perIp/],
  [
    { keys: [key], rateLimit: { perKey: { perSecond: 1, burst: 1, perMinute: 5 } } },
    /rateLimit.perKey has no perMinute/,
  ],
  [{ identity: { secrets, audience: 'a', anonymousPrefx: 'guest-' } }, /identity has no anonymousPrefx/],
  [{ keys: [key], trustedProxies: -1 }, /trustedProxies/],
  [{ keys: [key], answerTimeoutMs: 2 ** 31 }, /answerTimeoutMs .* 2147483647 at most/],
  [{ keys: [key], bodyTimeoutMs: 2 ** 31 }, /bodyTimeoutMs .* 2147483647 at most/],
  [{ identity: null }, /identity must be/],
  [{ identity: 'secret' }, /identity must be/],
  [{ keys: [key], maxBodyBytes: 1.5 }, /maxBodyBytes/],
  [{ keys: [key], traits: 'name' }, /traits/],
  [{ keys: [key], mutate: 5 }, /mutate must be a function/],
  [{ keys: [key], origin: [] }, /unknown option origin/],
  [null, /must be an object/],
])('Options that are impossible are told at once, by name: %j', (options, words) => {
  expect(() => createRelay(tracker, options as RelayOptions)).toThrow(ConfigurationError)
  expect(() => createRelay(tracker, options as RelayOptions)).toThrow(words)
  // Neither keys nor secrets are shown.
  expect(() => createRelay(tracker, options as RelayOptions)).not.toThrow(/sk_live_0|pk_short|'short'/)
})
