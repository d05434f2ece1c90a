/** What a line asks for. The values are as the line has them: judging them is the SDK's work. */
export type Call =
  | { type: 'identify'; customerId: unknown; details: Record<string, unknown> }
  | { type: 'track'; customerId: unknown; event: unknown; details: Record<string, unknown> }

/** Another one would be lost on the way, so it is refused here. The SDK itself refuses what is no trait of a customer. */
const trackFields = new Set(['type', 'customer_id', 'event', 'category', 'property'])

/** Reads one line, or says why it cannot be read. */
export function parseLine(text: string): Call | { reason: string } {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch (error) {
    // Its own count of lines starts anew with each of ours.
    return { reason: `is not JSON: ${(error as Error).message.replace(/ \(line \d+ column \d+\)$/, '')}` }
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return { reason: 'is not a JSON object' }
  return callFrom(line as Record<string, unknown>)
}

function callFrom(line: Record<string, unknown>): Call | { reason: string } {
  const { type, customer_id: customerId } = line
  if (type === undefined) return { reason: 'type is missing (identify or track)' }
  if (type !== 'identify' && type !== 'track') {
    return { reason: `type ${JSON.stringify(type)} is unknown (identify or track)` }
  }
  const { type: _type, customer_id: _customerId, ...details } = line
  if (type === 'identify') return { type, customerId, details }
  const stranger = Object.keys(line).find((field) => !trackFields.has(field))
  if (stranger !== undefined) return { reason: `${stranger} is not a field of track` }
  const { event, ...more } = details
  return { type, customerId, event, details: more }
}
