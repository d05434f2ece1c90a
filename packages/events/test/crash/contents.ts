import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The events that are left in the store, in the order in which they would be sent. */
export interface Contents {
  pending: ReadonlyMap<string, readonly number[]>
  dead: ReadonlySet<number>
}

/** The number of an event, which its name begins with. */
const number = `CAST(json_extract(body, '$.event') AS INTEGER) AS number`

/** Reads a file past the outbox's own code, and holds it against itself. */
export function readContents(path: string): { contents: Contents; broken: string[] } {
  const pending = new Map<string, number[]>()
  const broken: string[] = []
  if (!existsSync(path)) return { contents: { pending, dead: new Set() }, broken }
  const db = new DatabaseSync(path)
  const all = (sql: string) => db.prepare(sql).all() as Record<string, number | string>[]
  const [check] = all('PRAGMA integrity_check')
  if (check?.['integrity_check'] !== 'ok') broken.push(`integrity_check: ${check?.['integrity_check']}`)
  // Killed before it had been made.
  const isMade = all('PRAGMA user_version')[0]?.['user_version'] !== 0
  const dead = new Set(isMade ? all(`SELECT ${number} FROM dead`).map((letter) => Number(letter['number'])) : [])
  if (isMade) broken.push(...readLanes(all, pending))
  db.close()
  return { contents: { pending, dead }, broken }
}

function readLanes(all: (sql: string) => Record<string, number | string>[], pending: Map<string, number[]>): string[] {
  const broken: string[] = []
  const next = new Map(all('SELECT seq, next FROM link').map((link) => [link['seq'], link['next']]))
  const events = new Map(all(`SELECT seq, customer, ${number} FROM event`).map((event) => [event['seq'], event]))
  for (const { customer, head, tail, length } of all('SELECT * FROM lane')) {
    const numbers: number[] = []
    let last = head
    for (let seq: number | string | undefined = head; seq !== undefined; seq = next.get(seq)) {
      const event = events.get(seq)
      if (event?.['customer'] !== customer) broken.push(`the lane of ${customer} has no event number ${seq}`)
      events.delete(seq)
      numbers.push(Number(event?.['number']))
      last = seq
    }
    if (last !== tail || numbers.length !== length) broken.push(`the lane of ${customer} does not end where it says`)
    pending.set(String(customer), numbers)
  }
  if (events.size > 0) broken.push(`${events.size} events are in no lane`)
  return broken
}
