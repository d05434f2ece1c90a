import { count } from '@obsidianlaunch/page/text'
import { type TrackedEvent, hasViolations } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import { byId } from '@obsidianlaunch/page/dom'

// A screen reader that speaks of every event can do nothing else.
const everyMs = 5000

/** Tells screen readers from time to time what has arrived. */
export function createAnnouncements(store: Store): void {
  const news = byId('news', HTMLElement)
  let told = 0
  setInterval(() => {
    const fresh = store.events.filter(({ order }) => order >= told)
    told = (store.events.at(-1)?.order ?? told - 1) + 1
    if (fresh.length > 0) news.textContent = sentence(fresh)
  }, everyMs)
}

function sentence(events: readonly TrackedEvent[]): string {
  const wrong = events.filter(hasViolations).length
  return `${count(events.length, 'new event')}${wrong > 0 ? `, ${wrong} in violation` : ''}`
}
