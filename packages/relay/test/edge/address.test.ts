import { expect, test } from 'vitest'
import { addressOf, subscriberOf } from '../../src/edge/address.ts'

const forwarded = (list: string) => new Headers({ 'x-forwarded-for': list })

test('X-Forwarded-For is believed only as far as there are proxies of one’s own', () => {
  const headers = forwarded('6.6.6.6, 203.0.113.7, 10.0.0.2')
  expect(addressOf(headers, '10.0.0.1', 0)).toBe('10.0.0.1')
  expect(addressOf(headers, '10.0.0.1', 1)).toBe('10.0.0.2')
  expect(addressOf(headers, '10.0.0.1', 2)).toBe('203.0.113.7')
})

test('A request that came past the proxies has the address of its connection', () => {
  expect(addressOf(forwarded('6.6.6.6'), '203.0.113.7', 2)).toBe('203.0.113.7')
  expect(addressOf(new Headers(), '203.0.113.7', 1)).toBe('203.0.113.7')
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:5511', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:0001:2::6', '2001:db8:1:2'],
  ['[2001:db8:1:2::6]:443', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['unknown', 'unknown'],
  ['x'.repeat(10_000), 'x'.repeat(64)],
])('One subscriber has %s: all of an IPv6 network count as one', (address, subscriber) => {
  expect(subscriberOf(address)).toBe(subscriber)
})
