import { expect, test } from 'vitest'
import { isAddress, withSslMode } from '../../src/outbox/address.ts'

test.each([
  'events.db',
  './data/events.db',
  'C:\\data\\events.db',
  'c:/data/events.db',
  'a@b.db',
  '/var/lib/user@host/events.db',
])('the name of a file is no address: %s', (name) => expect(isAddress(name)).toBe(false))

test('sslmode is named as what pg makes of it, which checks the certificate, so that pg has nothing to warn of', () => {
  expect(withSslMode('postgres://db/app?sslmode=require')).toBe('postgres://db/app?sslmode=verify-full')
  expect(withSslMode('postgres://db/app?a=b&sslmode=verify-ca&c=d')).toBe(
    'postgres://db/app?a=b&sslmode=verify-full&c=d',
  )
  for (const same of [
    'postgres://db/app',
    'postgres://db/app?sslmode=disable',
    'postgres://db/app?sslmode=no-verify',
    'postgres://db/app?sslmode=verify-full',
    'postgres://db/app?sslmode=require&uselibpqcompat=true',
  ]) {
    expect(withSslMode(same)).toBe(same)
  }
})
