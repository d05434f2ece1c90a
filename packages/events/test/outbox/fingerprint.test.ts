import { expect, test } from 'vitest'
import { fingerprintOf } from '../../src/outbox/fingerprint.ts'

test('a fingerprint is a whole number of at most 53 bits, and the same for the same data', () => {
  for (const body of ['', '{}', '{"name":"Zoë 🚀"}', 'x'.repeat(100_000)]) {
    const fingerprint = fingerprintOf({ operation: 'trackEvent', body })
    expect(Number.isSafeInteger(fingerprint) && fingerprint >= 0).toBe(true)
    expect(fingerprintOf({ operation: 'trackEvent', body })).toBe(fingerprint)
  }
})

test('bodies that differ little, and the two operations, have fingerprints of their own', () => {
  const bodies = Array.from(
    { length: 50_000 },
    (_, amount) => `{"customer_id":"a","event":"paid","property":${amount}}`,
  )
  const fingerprints = new Set<number>()
  for (const body of bodies) {
    for (const operation of ['trackEvent', 'identifyCustomer'] as const)
      fingerprints.add(fingerprintOf({ operation, body }))
  }
  expect(fingerprints.size).toBe(100_000)
  // All 53 bits are used: the highest is set in half of them.
  const high = [...fingerprints].filter((fingerprint) => fingerprint >= 2 ** 52).length
  expect(Math.abs(high - 50_000)).toBeLessThan(1_000)
})
