/** The package where the `node` condition holds: the same, but for the way to the wire. */
export * from './index.ts'
export { createEventsClient } from './client.node.ts'
