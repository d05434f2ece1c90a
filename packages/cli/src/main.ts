#!/usr/bin/env node
import { run } from './program.ts'
import { exitCodes } from './terminal/failure.ts'
import { Shell } from './terminal/shell.ts'

const shell = new Shell(process)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second Ctrl-C ends it at once.
    if (shell.stopped.aborted) process.exit(exitCodes[signal])
    shell.stop(signal)
  })
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  shell.loseOutput(error)
  process.exitCode = shell.exitCode
})
process.stderr.on('error', () => shell.err.break())

await run(process.argv.slice(2), shell)
process.exitCode = shell.exitCode
