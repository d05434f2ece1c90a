import { EventTracker } from '@obsidianlaunch/events'

export const runtime = 'edge'

export async function GET(): Promise<Response> {
  const tracker = new EventTracker()
  const { status } = await tracker.trackEvent('user123', 'button_click')
  return Response.json({ status })
}
