/** What a line asks for. The values are as the line has them: judging them is the SDK's work. */
export type Call =
  | { type: 'identify'; customerId: unknown; details: Record<string, unknown> }
  | { type: 'track'; customerId: unknown; event: unknown }

/** The fields of each type of line. Another one would be lost on the way, so it is refused here. */
const fields: Record<string, readonly string[]> = {
  identify: ['type', 'customer_id', 'name', 'email', 'properties'],
  track: ['type', 'customer_id', 'event'],
}

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
  const stranger = Object.keys(line).find((field) => !fields[type]?.includes(field))
  if (stranger !== undefined) return { reason: `${stranger} is not a field of ${type}` }
  if (type === 'track') return { type, customerId, event: line['event'] }
  const { type: _type, customer_id: _customerId, ...details } = line
  return { type, customerId, details }
}
