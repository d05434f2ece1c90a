/** An event as a client sends it. */
export interface Sent {
  customer: string
  /** Grows with each event of a customer. */
  number: number
  id: string
}

/** An event as it came to the API. */
export interface Arrival extends Sent {
  /** Status of the answer; 0 where the connection was cut instead. */
  status: number
}

/** The counts that decide. */
export interface Verdict {
  acknowledged: number
  /** Different events that arrived. */
  arrived: number
  /** Acknowledged, and never answered by 200 at the API. */
  lost: number
  /** Arrived for the first time after a later event of their customer. */
  reordered: number
  /** Arrived again after a later event of their customer. */
  rewound: number
  /** Arrivals of an event that had arrived before, under the same id. */
  duplicates: number
  /** Of those, the ones whose first arrival had been answered by 200: kills are their only cause. */
  repeats: number
  /** Arrivals of an event under an id that is not its own. */
  otherDuplicates: number
  /** Arrivals of what nobody has sent. */
  strangers: number
}

/** Holds what has arrived against what was acknowledged. */
export function judge(
  sent: ReadonlyMap<string, Sent>,
  acknowledged: ReadonlySet<string>,
  arrivals: readonly Arrival[],
): Verdict {
  const verdict = { lost: 0, reordered: 0, rewound: 0, duplicates: 0, repeats: 0, otherDuplicates: 0, strangers: 0 }
  const delivered = new Set<string>()
  const arrived = new Set<string>()
  const last = new Map<string, number>()
  for (const { customer, number, id, status } of arrivals) {
    const original = sent.get(id)
    if (original === undefined) verdict.strangers++
    else if (original.customer !== customer || original.number !== number) verdict.otherDuplicates++
    if (arrived.has(id)) verdict.duplicates++
    if (delivered.has(id)) verdict.repeats++
    if (number < (last.get(customer) ?? 0)) verdict[arrived.has(id) ? 'rewound' : 'reordered']++
    last.set(customer, Math.max(number, last.get(customer) ?? 0))
    arrived.add(id)
    if (status === 200) delivered.add(id)
  }
  for (const id of acknowledged) if (!delivered.has(id)) verdict.lost++
  return { acknowledged: acknowledged.size, arrived: arrived.size, ...verdict }
}
