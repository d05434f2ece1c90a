/** The door where the `node` condition holds: the same, but for the way to the wire. */
export * from './core.ts'
export { createSender } from './sender.node.ts'
