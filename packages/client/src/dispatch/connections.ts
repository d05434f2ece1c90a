import type { Dispatcher } from './dispatcher.ts'

let hasJustConnected = false

/** Has to be called once for a dispatcher before `isOnNewConnection` can tell anything about it. */
export function watchConnections(dispatcher: Dispatcher): void {
  dispatcher.on('connect', () => {
    hasJustConnected = true
    queueMicrotask(() => (hasJustConnected = false))
  })
}

/**
 * Whether the request that starts now opens its connection, or finds it open: a dispatcher starts the request that a
 * connection was made for in the same turn in which it tells of the connection.
 */
export function isOnNewConnection(): boolean {
  const isNew = hasJustConnected
  hasJustConnected = false
  return isNew
}
