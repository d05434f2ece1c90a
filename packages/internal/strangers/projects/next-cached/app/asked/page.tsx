import { EventTracker } from '@obsidianlaunch/events'
import { connection } from 'next/server'
import { Suspense } from 'react'

const tracker = new EventTracker()

/** Rendered anew for each request. */
async function Greeting() {
  await connection()
  const { status } = await tracker.trackEvent('user123', 'page_view')
  return <p>{`answered ${status}`}</p>
}

export default function Page() {
  return (
    <Suspense fallback={<p>waiting</p>}>
      <Greeting />
    </Suspense>
  )
}
