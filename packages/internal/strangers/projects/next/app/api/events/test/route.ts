import { EventTracker } from '@obsidianlaunch/events'

export async function POST(request: Request): Promise<Response> {
  const { customer_id, event } = (await request.json()) as { customer_id: string; event: string }
  const tracker = new EventTracker()
  const { status } = await tracker.trackEvent(customer_id, event)
  return Response.json({ status })
}
