#!/usr/bin/env node
import { mockCommand } from './command/command.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

// A reader of the output such as `head` may have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  stop.abort()
})

process.exitCode = await mockCommand(process.argv.slice(2), { signal: stop.signal })
