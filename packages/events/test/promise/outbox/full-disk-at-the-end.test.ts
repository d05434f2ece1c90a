import { expect, test } from 'vitest'
import { EventTracker } from '../../../src/index.ts'
import { isRoot, SmallDisk } from '../../support/small-disk.ts'

test.runIf(isRoot)(
  'a shutdown on a full disk tells the logger that the next start sends again what was delivered',
  async ({ skip }) => {
    await using disk = new SmallDisk()
    if (!disk.mount(3)) skip('this machine does not let us mount a disk')
    const told: string[] = []
    let status = 503
    const start = () =>
      new EventTracker({
        token: 'secret-token',
        outbox: disk.open(),
        backoff: { baseMs: 1, capMs: 5 },
        fetch: async () => new Response('{}', { status }),
        logger: { warn: () => undefined, error: (message) => told.push(message) },
      })
    const tracker = start()
    const deliveries = Array.from({ length: 2_000 }, (_, index) => tracker.trackEvent(`user${index % 5}`, 'x'))
    await Promise.all(deliveries.map(({ stored }) => stored))
    disk.fill()
    status = 200
    await Promise.all(deliveries)
    expect(await tracker.shutdown()).toMatchObject({ delivered: 2_000, pending: 0 })
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(
      /could not record how \d+ of its events ended\. The next start sends those again\. .* has no space left/,
    )
    disk.makeRoom()
    const next = start()
    expect((await next.start()).pending).toBeGreaterThan(0)
    await next.flush()
    await next.shutdown()
    expect(told).toHaveLength(1)
  },
)
