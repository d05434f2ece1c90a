import type { Hello, Lanes, State } from '../../wire.ts'
import type { Store } from './store.ts'

// Short enough for a person not to notice, and long enough for a relay that starts again.
const againMs = 500

/**
 * Keeps the store up to date, across breaks of the connection and restarts of the relay.
 *
 * @returns connects anew, for as many lanes as the store asks for by now
 */
export function listen(store: Store): () => void {
  let source: EventSource | undefined
  const connect = () => {
    source?.close()
    const opened = new EventSource(`events?lanes=${store.laneLimit}`)
    source = opened
    const on = (name: string, take: (data: unknown) => void) =>
      opened.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data)))
    on('hello', (hello) => store.greet(hello as Hello))
    on('state', (state) => store.showState(state as State))
    on('lanes', (lanes) => store.showLanes(lanes as Lanes))
    opened.addEventListener('error', () => {
      if (source !== opened) return
      store.connect('lost')
      // Browsers try again by themselves only after some errors, and each of them after others.
      opened.close()
      setTimeout(() => source === opened && connect(), againMs)
    })
  }
  connect()
  return connect
}
