import { actions, firstNames, lastNames, plans, type Plan } from './vocabulary.ts'

const customers = 330
const goodLines = 3_000
const firstDay = Date.UTC(2026, 0, 1)
const dayMs = 86_400_000

/** What somebody's export could have wrong, and how far down the file it stands. */
const badLines: readonly { at: number; line: string }[] = [
  { at: 412, line: '{"type":"track","customer_id":"cus_0007","event":"Page View: Pri' },
  { at: 901, line: '{"type":"track","customer_id":"cus_0021","event":""}' },
  {
    at: 1_288,
    line: '{"type":"identify","customer_id":"cus_0033","name":"Grace Hopper","email":"","properties":{"plan":"team"}}',
  },
  { at: 1_730, line: '{"type":"track","customer_id":1042,"event":"OpenAI API Call"}' },
  { at: 2_105, line: '{"type":"page","customer_id":"cus_0040","event":"Page View: Home"}' },
  {
    at: 2_466,
    line: '{"type":"identify","customer_id":"cus_0055","name":"李明","email":"li.ming@example.com","properties":["pro"]}',
  },
  { at: 2_871, line: '{"type":"track","customer_id":"cus_0064","event":"Page View: Docs","properties":{"page":3}}' },
]

/** The lines of sample.ndjson: always the same ones. */
export function sampleLines(): string[] {
  const random = seeded(20_230_625)
  const known: Customer[] = []
  const lines: string[] = []
  while (lines.length < goodLines) {
    // Customers keep arriving until three quarters of the file; everyone is identified before the first event.
    const due = Math.ceil((customers * lines.length) / (goodLines * 0.75))
    if (known.length < Math.min(customers, Math.max(1, due))) {
      const customer = newCustomer(known.length + 1, random)
      known.push(customer)
      lines.push(identify(customer))
    } else lines.push(...act(pick(known, random), random))
  }
  for (const { at, line } of badLines) lines.splice(at - 1, 0, line)
  return lines
}

interface Customer {
  id: string
  name: string
  email: string
  plan: Plan
  signupDate: string
}

function newCustomer(number: number, random: () => number): Customer {
  const id = `cus_${String(number).padStart(4, '0')}`
  const signedUpMs = firstDay + Math.floor(random() * 180) * dayMs
  return {
    id,
    name: `${pick(firstNames, random)} ${pick(lastNames, random)}`,
    email: `${id}@example.com`,
    plan: pick(plans, random),
    signupDate: new Date(signedUpMs).toISOString().slice(0, 10),
  }
}

/** One action of a customer. A change of plan tells the new profile first, as the guide asks for. */
function act(customer: Customer, random: () => number): string[] {
  const action = pick(actions, random)
  if (action !== 'Plan Changed') return [track(customer, action)]
  customer.plan = pick(
    plans.filter((plan) => plan !== customer.plan),
    random,
  )
  return [identify(customer), track(customer, `Plan Changed: ${customer.plan}`)]
}

function identify({ id, name, email, plan, signupDate }: Customer): string {
  const properties = { plan, signup_date: signupDate }
  return JSON.stringify({ type: 'identify', customer_id: id, name, email, properties })
}

function track({ id }: Customer, event: string): string {
  return JSON.stringify({ type: 'track', customer_id: id, event })
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T
}

/** mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
