import { query } from '@obsidianlaunch/testkit/postgres'
import { serverUser } from '@obsidianlaunch/testkit/postgres/programs'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { useStage } from './support/stage.ts'
import { createSite, expectAllDelivered, expectInOrder, startApi, startTracker, trackMany } from './support/site.ts'

const stage = useStage()

test.each(['fast', 'immediate', 'kill'] as const)(
  'a server that restarts (%s) in the middle of append loses nothing, and all arrive in order',
  async (how) => {
    const site = await createSite(stage.server)
    const { tracker, told } = startTracker(postgresOutbox(site.url), stage.api)
    await tracker.start()
    const load = trackMany(tracker, `${how}-${site.role}`, 600)
    await load.stored(100)
    await (how === 'kill' ? stage.server.kill() : stage.server.stop(how))
    await expect.poll(() => tracker.status().outbox.trouble?.message).toMatch(/It is asked again/)
    await stage.server.start()
    await load.done()
    expectInOrder(stage.api, load.sent)
    await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
    expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 600)
    expect(told.join()).not.toMatch(/secret/)
    // Nothing is left of them.
    expect(await query(site.admin, 'SELECT count(*)::int AS n FROM obsidian_events.event')).toEqual([{ n: 0 }])
  },
)

test('a full disk refuses new events, delivers the stored ones, and is used again once it has space', async ({
  skip,
}) => {
  await using disk = smallDisk()
  skip(disk.missing !== undefined, disk.missing)
  const site = await createSite(stage.server)
  const name = site.role.replace('role', 'disk')
  await query(site.server, `CREATE TABLESPACE ${name} LOCATION '${disk.folder}'`)
  await query(site.admin, `ALTER TABLE obsidian_events.event SET TABLESPACE ${name}`)
  await using later = await startApi()
  const { tracker } = startTracker(postgresOutbox(site.url), later)
  await tracker.trackEvent(site.role, 'first')
  await later[Symbol.asyncDispose]()
  const stored: string[] = []
  const text = 'x'.repeat(50_000)
  const refusals: unknown[] = []
  for (let at = 0; refusals.length === 0; at++) {
    const event = `event-${at}`
    // Compressed it would never fill anything.
    const property = { text: text.replaceAll('x', () => String.fromCharCode(97 + Math.random() * 26)) }
    await tracker
      .identifyCustomer(site.role, { name: event, email: 'a@example.com', properties: property })
      .stored.then(
        () => stored.push(event),
        (thrown: unknown) => refusals.push(thrown),
      )
  }
  const [refused] = refusals
  expect(refused).toMatchObject({ code: 'outbox', problem: 'full', retryable: true })
  expect(String(refused)).toMatch(/the disk of the server is full\. What is stored stays and is still delivered/)
  expect(stored.length).toBeGreaterThan(3)
  await later.listen(later.port)
  await expect.poll(() => later.arrivals.length).toBe(stored.length + 1)
  expect(later.arrivals.slice(1).map(({ body }) => body['name'])).toEqual(stored)
  disk.grow()
  await tracker.trackEvent(site.role, 'last')
  // It may be delivered before the outbox has said that it is stored.
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  const report = await tracker.shutdown({ timeoutMs: 60_000 })
  expect(report).toMatchObject({ delivered: stored.length + 2, rejected: 1, pending: 0 })
  await query(site.server, `DROP DATABASE ${site.database} WITH (FORCE)`)
  await query(site.server, `DROP TABLESPACE ${name}`)
})

/** A file system of two megabytes for the user of the server. Only root may make one. */
function smallDisk(): AsyncDisposable & { folder: string; missing: string | undefined; grow(): void } {
  const mount = mkdtempSync('/tmp/small-disk-')
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', mount])
  const folder = join(mount, 'data')
  if (status === 0) {
    const { uid = 0, gid = 0 } = serverUser()
    mkdirSync(folder)
    chownSync(folder, uid, gid)
  }
  return {
    folder,
    missing: status === 0 ? undefined : 'a small file system can be made by root alone, and not in every container',
    grow: () => spawnSync('mount', ['-o', 'remount,size=8m', mount]),
    [Symbol.asyncDispose]: async () => {
      spawnSync('umount', ['-l', mount])
      rmSync(mount, { recursive: true, force: true })
    },
  }
}
