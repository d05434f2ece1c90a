import { afterEach, expect, test, vi } from 'vitest'
import { mintId } from '../../src/delivery/delivery.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

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
