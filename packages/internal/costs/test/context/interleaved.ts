import { ok, serve } from '@obsidianlaunch/testkit/api'
import { Recipe } from './recipe.ts'

/** Ways on which the application tracks for each request. */
const ways = 8

const customerOf = (n: number) => (n % 10 === 9 ? undefined : `user${n % 50}`)

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

const withoutCustomer =
  'Not sent: customer_id is missing: no customer is in context. Call this within withCustomer(customerId, …).'

/** 180 requests are of customers, of 45 of the 50. */
export const rightBookings: Bookings = {
  wrong: [],
  arrived: 180 * ways,
  customers: 45,
  told: { delivered: 180 * ways, [withoutCustomer]: 20 * ways },
}

/** Sends a recipe 200 requests at once, of customers and of nobody. */
export async function bookingsOf(heading: string, program: string, isOld: boolean): Promise<Bookings> {
  await using api = await serve((response, arrival, request) =>
    arrival.method === 'GET' ? response.end('of a vendor') : ok(response, arrival, request),
  )
  await using recipe = await Recipe.start(heading, program, isOld, api.url)
  const requests = Array.from({ length: 200 }, (_, n) => n)
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
