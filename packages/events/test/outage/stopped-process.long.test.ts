import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OutboxFiles } from '../support/outbox-files.ts'
import { ok, serve } from '../support/server.ts'

const program = fileURLToPath(new URL('support/stopped-child.ts', import.meta.url))
/** Longer than a lease of the program lasts. */
const stoppedMs = 4_500
const answerMs = 20

/**
 * The moment of an answer that is due in a process that stands still: at once, so that it lies in its socket
 * when the process goes on, or only some time after that.
 */
type Answered = 'meanwhile' | 'afterwards'

/** Stops a process at its 60th request, lets it go on, and hears it out. @returns its report, and what arrived */
async function stopOne(answered: Answered): Promise<{ report: unknown; log: string[] }> {
  await using files = new OutboxFiles()
  let child: ChildProcess | undefined
  let requests = 0
  let goesOnAt = 0
  await using server = await serve((response, arrival, request) => {
    requests++
    if (requests === 60) {
      child?.kill('SIGSTOP')
      goesOnAt = performance.now() + stoppedMs
      setTimeout(() => child?.kill('SIGCONT'), stoppedMs)
    }
    // Those of the last round before the stop, which are on their way in it.
    const isHeld = answered === 'afterwards' && requests > 40 && requests <= 60
    const answer = () => ok(response, arrival, request)
    if (isHeld) setTimeout(() => setTimeout(answer, goesOnAt - performance.now() + 2 * answerMs), answerMs)
    else setTimeout(answer, answerMs)
  })
  child = spawn(process.execPath, [program, server.url, files.path()], { stdio: ['ignore', 'pipe', 'inherit'] })
  const report: unknown = JSON.parse(await text(child.stdout as NodeJS.ReadableStream))
  return { report, log: server.log() }
}

test.each<Answered>(['meanwhile', 'afterwards'])(
  'a process that is stopped for longer than its leases, and answered %s, flushes all that it has, in order',
  async (answered) => {
    const { report, log } = await stopOne(answered)
    expect(report).toEqual({ accepted: 400, delivered: 400, rejected: 0, dropped: 0, dead: 0, pending: 0 })
    for (let customer = 0; customer < 20; customer++) {
      const arrived = log.filter((each) => each.startsWith(`user${customer}:`))
      const expected = Array.from({ length: 20 }, (_, n) => `user${customer}:event${n * 20 + customer}`)
      expect([...new Set(arrived)]).toEqual(expected)
    }
  },
)
