import { count } from '../format/text.ts'
import { api } from '../store/api.ts'
import { exportName, ndjsonOf } from '../store/export.ts'
import type { Connection, Store } from '../store/store.ts'
import { copy, say } from '../widgets/clipboard.ts'
import { byId, h } from '../widgets/dom.ts'

const words: Record<Connection, string> = { connecting: 'Connecting', live: 'Live', lost: 'Lost, trying again' }

/** Toolbar: the address, the connection, and the buttons that concern everything. */
export function createToolbar(store: Store): { update: () => void; pause: () => void } {
  const connection = byId('connection', HTMLElement)
  const pauseButton = byId('pause', HTMLButtonElement)
  const missed = byId('missed', HTMLElement)
  const address = byId('address', HTMLButtonElement)
  const pause = () => store.pause(!store.isPaused)
  address.textContent = location.host
  address.addEventListener('click', () => void copy(location.origin, 'the address'))
  pauseButton.addEventListener('click', pause)
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    api.clear().catch((error: Error) => say(error.message))
  })
  byId('export', HTMLButtonElement).addEventListener('click', () => download(store))
  const update = () => {
    const state = store.isPaused && store.connection === 'live' ? 'paused' : store.connection
    const text = store.isPaused
      ? `Paused${store.waiting > 0 ? `, ${store.waiting} waiting` : ''}`
      : words[store.connection]
    connection.dataset['state'] = state
    connection.querySelector('.words')?.replaceChildren(text)
    pauseButton.textContent = store.isPaused ? 'Resume' : 'Pause'
    pauseButton.setAttribute('aria-pressed', String(store.isPaused))
    missed.hidden = store.missed === 0
    missed.textContent = `${count(store.missed, 'exchange')} had gone before this page could have them.`
  }
  return { update, pause }
}

/** Saves the events that the filter lets through as a file. */
function download(store: Store): void {
  const url = URL.createObjectURL(new Blob([ndjsonOf(store.visible)], { type: 'application/x-ndjson' }))
  h('a', { href: url, download: exportName(new Date()) }).click()
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  say(`Exported ${count(store.visible.length, 'event')}`)
}
