import type { OutboxEntry } from '../event/event.ts'

/**
 * Makes a number of 53 bits of the data of an event, by which others under the same id are told from it (cyrb53): no defence
 * against whoever wants to fool it, who can fool only himself.
 */
export function fingerprintOf({ operation, body }: Pick<OutboxEntry, 'operation' | 'body'>): number {
  let [high, low] = [0xdeadbeef, operation === 'trackEvent' ? 0x41c6ce57 : 0x41c6ce58]
  for (let at = 0; at < body.length; at++) {
    const unit = body.charCodeAt(at)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return 2 ** 32 * (0x1fffff & low) + (high >>> 0)
}
