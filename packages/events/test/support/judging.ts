import type { Received } from './scripted-server.ts'

/** Numbers below 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` events for each customer, in the order in which they are to be tracked: customers take turns. */
export function calls(customers: number, count: number): { customer: string; event: string }[] {
  return Array.from({ length: customers * count }, (_, n) => ({
    customer: `user${n % customers}`,
    event: `event${Math.floor(n / customers)}`,
  }))
}

/** What arrived, for each customer, without the retries: one that comes back after a later one counts again. */
export function lanes(received: readonly Received[]): Map<string, string[]> {
  const lanesOf = new Map<string, string[]>()
  for (const { customer, event } of received) {
    const lane = lanesOf.get(customer)
    if (lane === undefined) lanesOf.set(customer, [event])
    else if (lane.at(-1) !== event) lane.push(event)
  }
  return lanesOf
}

/** What `lanes` gives where every event of `calls` arrived in the order of the calls. */
export function lanesInOrder(customers: number, count: number): Map<string, string[]> {
  const lane = Array.from({ length: count }, (_, n) => `event${n}`)
  return new Map(Array.from({ length: customers }, (_, n) => [`user${n}`, lane]))
}
