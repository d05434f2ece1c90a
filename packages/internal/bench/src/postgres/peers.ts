import { createRequire } from 'node:module'

/** Their own install, with versions pinned there; their types are not ours to check. */
export const peer = createRequire(new URL('../../peers/package.json', import.meta.url))

/** Connections of a pool that a driver of ours makes for a peer. */
export function poolOf(connectionString: string, max = 8) {
  const pool = new (peer('pg').Pool)({ connectionString, max })
  // The server is stopped at the end.
  pool.on('error', () => undefined)
  return pool
}
