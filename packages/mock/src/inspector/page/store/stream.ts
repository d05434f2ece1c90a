import type { Batch, Hello, WireFault } from '../../wire.ts'
import type { Store } from './store.ts'

// Short enough for a person not to notice, and long enough for a server that starts again.
const againMs = 500

/**
 * Keeps the store up to date, across breaks of the connection and restarts of the server.
 *
 * @param from place in the stream after which to begin; all that the server has if it is empty or of another run
 * @returns what gives the place that has been reached
 */
export function listen(store: Store, from: string): () => string {
  let last = from
  const connect = () => {
    const source = new EventSource(`/_inspector/events?after=${encodeURIComponent(last)}`)
    const on = (name: string, take: (data: string) => void) => {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId !== '') last = event.lastEventId
        take(event.data)
      })
    }
    on('hello', (data) => store.greet(JSON.parse(data) as Hello))
    on('exchanges', (data) => store.receive(JSON.parse(data) as Batch))
    on('faults', (data) => store.showFaults(JSON.parse(data) as WireFault[]))
    source.addEventListener('error', () => {
      store.connect('lost')
      // Browsers try again by themselves only after some errors, and each of them after others.
      source.close()
      setTimeout(connect, againMs)
    })
  }
  connect()
  return () => last
}
