/** The entry point where the `node` condition holds: the same, but requests go another way to the network. */
export * from './core.ts'
export { createSender } from './sender.node.ts'
export { connectionProblem } from './connection-problem.node.ts'
