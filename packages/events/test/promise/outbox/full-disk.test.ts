import type { OutboxEntry } from '../../../src/event/event.ts'
import { expect, test } from 'vitest'
import { EventTracker } from '../../../src/index.ts'
import type { Outbox } from '../../../src/outbox/outbox.ts'
import { readOutbox, type SqliteOutboxOptions } from '../../../src/outbox/sqlite/sqlite.ts'
import { append, claim, delivered, drain, entryOf } from '../../support/outbox-files.ts'
import { ok, serve } from '../../support/server.ts'
import { isRoot, SmallDisk } from '../../support/small-disk.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index % 20}:${index}`)

/** Appends until it is refused. @returns how many were stored */
async function fill(outbox: Outbox, customer: string): Promise<number> {
  for (let count = 0; ; count++) {
    const entry = entryOf(`${customer}:${count}`, { body: `"${'x'.repeat(2_000)}"` })
    const refusal = await Promise.resolve(outbox.append([entry])).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal !== undefined) return count
  }
}

/** Has stored some events when the disk becomes full, to the last byte: the log is empty, and cannot grow. */
async function fullOutbox(
  disk: SmallDisk,
  entries: readonly OutboxEntry[],
  options: SqliteOutboxOptions = {},
): Promise<Outbox> {
  const first = disk.open(options)
  await first.append(entries)
  await first.close()
  const outbox = disk.open(options)
  await outbox.counts()
  disk.fill()
  return outbox
}

test.runIf(isRoot)('what is stored is delivered while the disk is full, each customer in order', async ({ skip }) => {
  await using disk = new SmallDisk()
  if (!disk.mount()) skip('this machine does not let us mount a disk')
  await using server = await serve(ok)
  const entries = names(200).map((name) => entryOf(name, { body: bodyOf(name), acceptedAt: Date.now() }))
  const outbox = await fullOutbox(disk, entries)
  const tracker = new EventTracker({ token: 'radioactive', baseUrl: server.url, outbox, onError: () => undefined })
  await tracker.start()
  await expect.poll(() => tracker.stats()).toMatchObject({ delivered: 200, pending: 0, dead: 0 })
  expect((await readOutbox(disk.path())).pending).toBe(200)
  const ofOne = server.arrivals.filter(({ body }) => body.customer_id === 'c3').map(({ body }) => body.event)
  expect(ofOne).toEqual(names(200).filter((name) => name.startsWith('c3:')))
  disk.makeRoom()
  await expect.poll(async () => (await readOutbox(disk.path())).pending).toBe(0)
  await tracker.shutdown()
  expect(server.arrivals.length).toBe(200)
})

test.runIf(isRoot)('retries and dead letters go on while the disk is full, and are kept', async ({ skip }) => {
  await using disk = new SmallDisk()
  if (!disk.mount()) skip('this machine does not let us mount a disk')
  const time = { ms: 1_700_000_000_000 }
  const clock = { now: () => time.ms }
  const entries = ['a:1', 'a:2', 'b:1', 'b:2'].map((name) => entryOf(name))
  const outbox = await fullOutbox(disk, entries, { clock })
  const [a, b] = await claim(outbox)
  expect([a?.entry.id, b?.entry.id]).toEqual(['a:1', 'b:1'])
  if (!a || !b) return
  await outbox.settle([
    [a, { kind: 'retry', afterMs: 5_000, isRefusal: true }],
    [b, { kind: 'dead', reason: 'refused', attempts: 1, status: 400 }],
  ])
  expect(await outbox.counts()).toEqual({ pending: 3, dead: 1 })
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['b:2'])
  time.ms += 5_000
  const [again] = await claim(outbox)
  expect(again).toMatchObject({ entry: { id: 'a:1' }, attempts: 1, refusals: { count: 1, sinceFirstMs: 5_000 } })
  disk.makeRoom()
  await outbox.close()
  const next = disk.open({ clock })
  expect(await next.counts()).toEqual({ pending: 3, dead: 1 })
  const [keptA, keptB] = (await claim(next)).toSorted((one, other) => (one.entry.id < other.entry.id ? -1 : 1))
  expect(keptA).toMatchObject({ entry: { id: 'a:1' }, attempts: 1, refusals: { count: 1 } })
  expect(keptB).toMatchObject({ entry: { id: 'b:2' }, attempts: 0 })
  expect((await next.dead(1))[0]).toMatchObject({ entry: { id: 'b:1' }, status: 400 })
})

test.runIf(isRoot)(
  'a full disk that gets some space again goes on, and does not fill its log with it',
  async ({ skip }) => {
    await using disk = new SmallDisk()
    if (!disk.mount(8)) skip('this machine does not let us mount a disk')
    const outbox = disk.open({ rememberedIds: 0 })
    await append(outbox, 'z:1')
    disk.fill()
    disk.makeRoom(2_048)
    const stored = await fill(outbox, 'a')
    expect(stored).toBeGreaterThan(40)
    for (let round = 1; round <= 6; round++) {
      disk.makeRoom(512)
      await fill(outbox, `r${round}`)
    }
    // From here on every bit of space that is freed is for events, whose pages stand in the file and not in the log.
    disk.makeRoom(512)
    const claims = await outbox.claim(3, 60_000, 'oldest')
    expect(await delivered(outbox, ...claims)).toEqual([true, true, true])
    expect(await append(outbox, 'y:1')).toEqual(['stored'])
    disk.makeRoom()
    const { pending } = await outbox.counts()
    expect((await drain(outbox)).length).toBe(pending)
    await outbox.close()
    expect(await drain(disk.open())).toEqual([])
  },
)

function bodyOf(name: string): string {
  return JSON.stringify({ customer_id: name.slice(0, name.indexOf(':')), event: name })
}
