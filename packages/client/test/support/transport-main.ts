import { createEventsClient } from '../../src/index.node.ts'
import { dispatcherCases, transportCases } from './transport-cases.ts'

// Runs the cases where there is no test runner: on a Node that is older than it. Prints what failed.
const everyWay = Object.entries(transportCases)
const runs = [
  ...everyWay.map(([name, run]) => ({ name, run, transport: 'auto' as const })),
  ...everyWay.map(([name, run]) => ({ name, run, transport: 'fetch' as const })),
  ...Object.entries(dispatcherCases).map(([name, run]) => ({ name, run, transport: 'auto' as const })),
]
for (const { name, run, transport } of runs) {
  try {
    await run((baseUrl) => createEventsClient({ baseUrl, token: null, transport }))
  } catch (thrown) {
    process.exitCode = 1
    process.stdout.write(`${transport}: ${name}\n${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
  }
}
process.stdout.write(`${runs.length} cases\n`)
