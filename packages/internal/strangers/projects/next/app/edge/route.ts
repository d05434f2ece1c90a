import { EventTracker } from '@obsidianlaunch/events'
import { forCurrentCustomer, withCustomer } from '@obsidianlaunch/events/context'

export const runtime = 'edge'

export async function GET(): Promise<Response> {
  const events = forCurrentCustomer(new EventTracker())
  const track = async () => {
    await new Promise((later) => setTimeout(later, 5))
    return events.trackEvent('button_click')
  }
  const { status } = await withCustomer('user123', track)
  const missing = await events.trackEvent('button_click').catch(String)
  return Response.json({ status, missing })
}
