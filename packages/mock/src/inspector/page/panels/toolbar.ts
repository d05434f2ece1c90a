import { count } from '@obsidianlaunch/page/text'
import type { TrackedEvent } from '../store/event.ts'
import { callsOf, exportName, ndjsonOf } from '../store/export.ts'
import type { Connection, Store } from '../store/store.ts'
import { copy, say } from '@obsidianlaunch/page/clipboard'
import { byId, h } from '@obsidianlaunch/page/dom'
import { createFold } from '@obsidianlaunch/page/fold'

const words: Record<Connection, string> = { connecting: 'Connecting', live: 'Live', lost: 'Lost, trying again' }

/** Toolbar: the address, the connection, and the buttons that concern everything. */
export function createToolbar(store: Store, clear: () => void): { update: () => void; pause: () => void } {
  const connection = byId('connection', HTMLElement)
  const pauseButton = byId('pause', HTMLButtonElement)
  const address = byId('address', HTMLButtonElement)
  const clearButton = byId('clear', HTMLButtonElement)
  const pause = () => store.pause(!store.isPaused)
  address.textContent = location.host
  address.addEventListener('click', () => void copy(location.origin, 'the address'))
  pauseButton.addEventListener('click', pause)
  clearButton.addEventListener('click', clear)
  createFold(byId('menu-switch', HTMLButtonElement), byId('actions', HTMLElement))
  createFold(byId('filters-switch', HTMLButtonElement), byId('narrow', HTMLElement))
  createFold(byId('export', HTMLButtonElement), byId('export-menu', HTMLElement))
  byId('export-calls', HTMLButtonElement).addEventListener('click', () => download(store, 'calls', callsOf))
  byId('export-all', HTMLButtonElement).addEventListener('click', () => download(store, 'exchanges', ndjsonOf))
  const update = () => {
    const state = store.isPaused && store.connection === 'live' ? 'paused' : store.connection
    const text = store.isPaused
      ? `Paused${store.waiting > 0 ? `, ${store.waiting} waiting` : ''}`
      : words[store.connection]
    connection.dataset['state'] = state
    connection.querySelector('.words')?.replaceChildren(text)
    pauseButton.textContent = store.isPaused ? 'Resume' : 'Pause'
    pauseButton.setAttribute('aria-pressed', String(store.isPaused))
  }
  return { update, pause }
}

/** Saves the events that the filter lets through as a file. */
function download(store: Store, what: string, textOf: (events: readonly TrackedEvent[]) => string): void {
  const url = URL.createObjectURL(new Blob([textOf(store.visible)], { type: 'application/x-ndjson' }))
  h('a', { href: url, download: exportName(what, new Date()) }).click()
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  say(`Exported ${count(store.visible.length, 'event')}`)
}
