import { ok, serve } from '@obsidianlaunch/testkit/api'
import { siteUrl } from '@obsidianlaunch/testkit/pages'
import { Recipe, type RecipeName } from './recipe.ts'

/** Ways on which the application tracks for each request. */
const ways = 8

/** Requests of 50 customers, and of nobody. */
const [ofCustomers, ofNobody] = [200, 20]
const customerOf = (n: number) => (n < ofCustomers ? `user${n % 50}` : undefined)

async function openReport(url: string, n: number): Promise<string[]> {
  const customer = customerOf(n)
  const response = await fetch(`${url}/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(customer !== undefined && { 'x-session': customer }) },
    body: JSON.stringify({ of: customer ?? 'nobody' }),
  })
  return ((await response.json()) as { outcomes: string[] }).outcomes
}

/** The ends of 200 requests. */
export interface Bookings {
  /** Events that arrived under another id than that of their request. */
  wrong: unknown[]
  /** Events that arrived, and the customers that they are of. */
  arrived: number
  customers: number
  /** Outcomes that the code of the requests was told, and how often. */
  told: Record<string, number>
}

const withoutCustomer = `Not sent: customer_id is missing: no customer is in context. Call this within withCustomer(customerId, …). See ${siteUrl}errors/validation/`

export const rightBookings: Bookings = {
  wrong: [],
  arrived: ofCustomers * ways,
  customers: 50,
  told: { delivered: ofCustomers * ways, [withoutCustomer]: ofNobody * ways },
}

/** Sends a recipe all requests at once, those of nobody among the others. */
export async function bookingsOf(name: RecipeName, program: string, isOld: boolean): Promise<Bookings> {
  await using api = await serve((response, arrival, request) =>
    arrival.method === 'GET' ? response.end('of a vendor') : ok(response, arrival, request),
  )
  await using recipe = await Recipe.start(name, program, isOld, api.url)
  const all = ofCustomers + ofNobody
  const requests = Array.from({ length: all }, (_, n) => (n * 37) % all)
  const told: Record<string, number> = {}
  const outcomes = await Promise.all(requests.map((n) => openReport(recipe.url, n)))
  for (const outcome of outcomes.flat()) told[outcome] = (told[outcome] ?? 0) + 1
  const events = api.arrivals.filter(({ method }) => method === 'POST').map(({ body }) => body)
  return {
    wrong: events.filter(({ customer_id, property }) => customer_id !== (property as { of: string }).of),
    arrived: events.length,
    customers: new Set(events.map(({ customer_id }) => customer_id)).size,
    told,
  }
}
