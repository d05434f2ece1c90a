import { count } from '@obsidianlaunch/page/text'
import type { Store } from '../store/store.ts'
import { listen } from '../store/stream.ts'
import { say } from '@obsidianlaunch/page/clipboard'
import { forSession } from '@obsidianlaunch/page/preferences'

export interface Clearing {
  clear: () => void
  restore: () => void
  /** Tells that an earlier visit in this tab has cleared the page, so that nothing here can bring it back but a reload. */
  isFromBefore: () => boolean
  /** Begins to listen to the server, after what an earlier visit in this tab has cleared. */
  listen: () => void
}

/** Clears this page alone, with a way back: what the mock and its tests hold stays as it is. */
export function createClearing(store: Store): Clearing {
  const cleared = forSession('cleared')
  let reached: (() => string) | undefined
  const isFromBefore = () => store.cleared === 0 && cleared.get() !== ''
  const restore = () => {
    const isGone = isFromBefore()
    cleared.set('')
    if (isGone) location.reload()
    else store.restore()
  }
  return {
    clear: () => {
      if (store.events.length + store.waiting === 0) return
      store.clear()
      cleared.set(reached?.() ?? '')
      say(`Cleared ${count(store.cleared, 'event')} from this page`, { label: 'Undo', run: restore })
    },
    restore,
    isFromBefore,
    listen: () => {
      reached = listen(store, cleared.get())
    },
  }
}
