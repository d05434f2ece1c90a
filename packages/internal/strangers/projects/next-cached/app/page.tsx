import { EventTracker } from '@obsidianlaunch/events'

const tracker = new EventTracker()

/** Prerendered by the build, so nothing in it may ask for the time or for chance. */
export default function Page() {
  tracker.trackEvent('user123', 'page_view')
  return <p>Hello</p>
}
