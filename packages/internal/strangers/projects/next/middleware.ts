import { EventTracker } from '@obsidianlaunch/events'
import { type NextFetchEvent, NextResponse } from 'next/server'

export const config = { matcher: '/edge' }

export function middleware(_request: Request, event: NextFetchEvent): Response {
  const tracker = new EventTracker({ waitUntil: (promise) => event.waitUntil(promise) })
  tracker.trackEvent('user123', 'request_received')
  return NextResponse.next()
}
