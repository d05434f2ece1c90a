'use client'

import { EventTracker } from '@obsidianlaunch/events'
import { useEffect, useState } from 'react'

export function Clicks() {
  const [told, tell] = useState('waiting')
  useEffect(() => {
    const tracker = new EventTracker({ token: null, baseUrl: new URL('/api', location.href).href })
    const answered = tracker.trackEvent('user123', 'page_view')
    answered.then(
      ({ status }) => tell(JSON.stringify({ status })),
      (error: unknown) => tell(String(error)),
    )
  }, [])
  return <output>{told}</output>
}
