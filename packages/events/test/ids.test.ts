import { afterEach, expect, test, vi } from 'vitest'
import { Delivery } from '../src/delivery.ts'
import { mintId, OwedIds } from '../src/ids.ts'
import { OwedEvent } from '../src/owed-event.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function owed(customerId: string, id: string): OwedEvent {
  return new OwedEvent({ id, customerId, operation: 'trackEvent', body: '{}' }, new Delivery(id), 0, 0, 0)
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('an id is a random UUID, and no two are the same', () => {
  const ids = Array.from({ length: 1_000 }, mintId)
  for (const id of ids) expect(id).toMatch(uuid)
  expect(new Set(ids).size).toBe(1_000)
})

test('a page without https mints UUIDs as well', () => {
  const { crypto } = globalThis
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) })
  const ids = Array.from({ length: 1_000 }, mintId)
  for (const id of ids) expect(id).toMatch(uuid)
  expect(new Set(ids).size).toBe(1_000)
})

test('version and variant of a UUID do not depend on chance', () => {
  for (const byte of [0x00, 0xff]) {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(byte) })
    expect(mintId()).toMatch(uuid)
  }
})

test.each([true, false])('an event is found by its customer and id while it is owed (minted: %s)', (isMinted) => {
  const ids = new OwedIds()
  const event = owed('a', 'job-1')
  expect(ids.find('a', 'job-1')).toBeUndefined()
  ids.add(event, isMinted)
  expect(ids.find('a', 'job-1')).toBe(event)
  expect(ids.find('b', 'job-1')).toBeUndefined()
  expect(ids.find('a', 'job-2')).toBeUndefined()
  ids.delete(event)
  expect(ids.find('a', 'job-1')).toBeUndefined()
})

test('the same id of two customers is two events', () => {
  const ids = new OwedIds()
  const [a, b] = [owed('a', 'job-1'), owed('b', 'job-1')]
  ids.add(a, false)
  ids.add(b, false)
  expect([ids.find('a', 'job-1'), ids.find('b', 'job-1')]).toEqual([a, b])
  ids.delete(a)
  expect([ids.find('a', 'job-1'), ids.find('b', 'job-1')]).toEqual([undefined, b])
})

test("a minted id that another customer's call repeats is two events", () => {
  const ids = new OwedIds()
  const [minted, own] = [owed('a', 'id-1'), owed('b', 'id-1')]
  ids.add(minted, true)
  ids.add(own, false)
  expect([ids.find('a', 'id-1'), ids.find('b', 'id-1')]).toEqual([minted, own])
  ids.delete(own)
  expect([ids.find('a', 'id-1'), ids.find('b', 'id-1')]).toEqual([minted, undefined])
  ids.delete(minted)
  expect(ids.find('a', 'id-1')).toBeUndefined()
})

test('no customer id can be made to look like another event', () => {
  const ids = new OwedIds()
  ids.add(owed('a\nb', 'x'), false)
  ids.add(owed('', 'y'), false)
  expect(ids.find('b', 'x')).toBeUndefined()
  expect(ids.find('a', 'x')).toBeUndefined()
  expect(ids.find('y', '')).toBeUndefined()
  expect(ids.find('a\nb', 'x')?.id).toBe('x')
  expect(ids.find('', 'y')?.id).toBe('y')
})
