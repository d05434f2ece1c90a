import type { Received } from './scripted-server.ts'

/** `count` events for each customer, in the order in which they are to be tracked: customers take turns. */
export function calls(customers: number, count: number): { customer: string; event: string }[] {
  return Array.from({ length: customers * count }, (_, n) => ({
    customer: `user${n % customers}`,
    event: `event${Math.floor(n / customers)}`,
  }))
}

/** Events that arrived, for each customer, without the retries: one that comes back after a later one counts again. */
export function lanes(received: readonly Received[]): Map<string, string[]> {
  const lanesOf = new Map<string, string[]>()
  for (const { customer, event } of received) {
    const lane = lanesOf.get(customer)
    if (lane === undefined) lanesOf.set(customer, [event])
    else if (lane.at(-1) !== event) lane.push(event)
  }
  return lanesOf
}

/** The result of `lanes` if every event of `calls` arrived in the order of the calls. */
export function lanesInOrder(customers: number, count: number): Map<string, string[]> {
  const lane = Array.from({ length: count }, (_, n) => `event${n}`)
  return new Map(Array.from({ length: customers }, (_, n) => [`user${n}`, lane]))
}
