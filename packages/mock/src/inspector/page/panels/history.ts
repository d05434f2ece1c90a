import { queryOf, viewOf } from '../store/address.ts'
import type { Store } from '../store/store.ts'

// A browser refuses an address that changes with every key.
const settleMs = 250

export interface PageHistory {
  /** Writes to the address what the page shows now. */
  update: () => void
  /** Closes the event that is open, as Back does where opening it was a step. */
  close: () => void
}

/** Keeps what is chosen, searched and filtered in the address. Opening an event is a step, so that Back closes it. */
export function createHistory(store: Store): PageHistory {
  let timer: ReturnType<typeof setTimeout> | undefined
  let planned = location.search
  const isOpen = () => store.chosen !== undefined || store.wanted !== undefined
  const write = () => {
    const query = queryOf(store)
    if (query !== location.search) history.replaceState(history.state, '', location.pathname + query)
  }
  const { filter, event: first, attempt: firstAttempt } = viewOf(location.search)
  store.narrow(filter)
  store.want(first, firstAttempt)
  let wasOpen = isOpen()
  // The filters are no steps: they stay as they are.
  addEventListener('popstate', () => {
    const { event, attempt } = viewOf(location.search)
    store.want(event, attempt)
    wasOpen = isOpen()
  })
  return {
    update: () => {
      if (isOpen() && !wasOpen) history.pushState({ opened: true }, '', location.pathname + queryOf(store))
      wasOpen = isOpen()
      const query = queryOf(store)
      if (query === planned) return
      planned = query
      clearTimeout(timer)
      timer = setTimeout(write, settleMs)
    },
    close: () => {
      const { opened } = (history.state ?? {}) as { opened?: boolean }
      if (opened === true) history.back()
      else store.choose(undefined)
    },
  }
}
