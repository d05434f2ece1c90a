import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('way-of-an-event.ts', import.meta.url))

/** Tells a file beside the way, which finds that nobody listens. */
const isWatching = (file: string) => file.startsWith('events/src/tracing/')

test('an awaited event can be followed from trackEvent to the socket and back in 25 files of the SDK and 10 of the client', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const files = stdout.split('\n').map((line) => line.split(' ', 1)[0] ?? '')
  const events = files.filter((file) => file.startsWith('events/src/') && !isWatching(file))
  const client = files.filter((file) => file.startsWith('client/src/'))
  // The two ends of the way: without them nothing was measured.
  expect(events).toContain('events/src/tracker.ts')
  expect(events).toContainEqual(expect.stringMatching(/^events\/src\/http\//))
  expect(client.length).toBeGreaterThan(1)
  expect(events.length).toBeLessThanOrEqual(25)
  expect(files.filter(isWatching)).toEqual(['events/src/tracing/channels.ts', 'events/src/tracing/trace.ts'])
  expect(client.length).toBeLessThanOrEqual(10)
})
