// The module that the provider's TypeScript guide asks people to paste; only where it sends to is taken from the
// environment.
// oxlint-disable no-console -- the guide's functions print the answer
const BASE_URL = process.env['EVENT_TRACKING_BASE_URL'] ?? 'https://events.obsidianlaunch.co'

export async function identifyCustomer(
  customerId: string,
  name: string,
  email: string,
  properties: Record<string, unknown>,
): Promise<void> {
  await send('/customer/test', 'identify customer', { customer_id: customerId, name, email, properties })
}

export async function trackEvent(customerId: string, eventName: string): Promise<void> {
  await send('/events/test', 'track event', { customer_id: customerId, event: eventName })
}

async function send(path: string, what: string, body: object): Promise<void> {
  const token = process.env['EVENT_TRACKING_AUTH_TOKEN']
  if (!token) {
    console.error('EVENT_TRACKING_AUTH_TOKEN is not set')
    return
  }
  const response = await fetch(BASE_URL + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`Failed to ${what}: ${response.status} - ${await response.text()}`)
  console.log(await response.json())
}
