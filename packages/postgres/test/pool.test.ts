import { connect, createServer } from 'node:net'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { listen } from '@obsidianlaunch/testkit/listen'
import { Pool, type PoolClient } from 'pg'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { postgresOutbox } from '../src/index.ts'
import { entry, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('connections that forget their prepared statements are asked without, all of them at once', async () => {
  await using outboxes = await Outboxes.make()
  const { pool } = outboxes
  const outbox = outboxes.open({}, pool)
  const both = () => Promise.all([outbox.counts(), outbox.counts()])
  await both()
  const clients: PoolClient[] = [await pool.connect(), await pool.connect()]
  for (const client of clients) {
    await client.query('DEALLOCATE ALL')
    client.release()
  }
  expect(await both()).toEqual([
    { pending: 0, dead: 0 },
    { pending: 0, dead: 0 },
  ])
})

test('one connection is enough, also while several things are asked', async () => {
  await using outboxes = await Outboxes.make()
  const pool = new Pool({ connectionString: outboxes.url, max: 1 })
  pool.on('error', () => undefined)
  outboxes.atEnd(() => pool.end())
  const outbox = outboxes.open({}, pool)
  outbox.watch?.({ due: () => undefined, ended: () => undefined })
  const [fates, , counts, forgotten] = await Promise.all(
    [outbox.append([entry()]), outbox.claim(1, 1_000, 'oldest'), outbox.counts(), outbox.forget('nobody')].map(
      async (asked) => asked,
    ),
  )
  expect([fates, counts, forgotten]).toMatchObject([['stored'], { dead: 0 }, { pending: 0, dead: 0 }])
})

test('a pool whose options are no options of a connection is asked all the same', async () => {
  await using outboxes = await Outboxes.make()
  const unhandled = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const { pool } = outboxes
  const other = {
    connect: () => pool.connect(),
    on: () => undefined,
    off: () => undefined,
    options: { connectionString: 'postgres://a:b@c:d/' },
  }
  const outbox = outboxes.open({}, other)
  outbox.watch?.({ due: () => undefined, ended: () => undefined })
  expect(await outbox.append([entry()])).toEqual(['stored'])
  await new Promise(setImmediate)
  expect(unhandled).not.toHaveBeenCalled()
})

test('a server that ends while an outbox closes does not end the process', async () => {
  await using outboxes = await Outboxes.make()
  const uncaught = vi.fn<(error: Error) => void>()
  process.on('uncaughtException', uncaught)
  onTestFinished(() => void process.off('uncaughtException', uncaught))
  for (let at = 0; at < 10; at++) {
    const outbox = postgresOutbox(outboxes.url)
    await Promise.all([outbox.counts(), outbox.counts()])
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'obsidianlaunch-events'`
    await Promise.all([outbox.close(), outboxes.sql(cut)])
    await new Promise(setImmediate)
  }
  expect(uncaught).not.toHaveBeenCalled()
})

test('a connection that is lost in the moment in which it is made does not end the process', async () => {
  await using outboxes = await Outboxes.make()
  const uncaught = vi.fn<(error: Error) => void>()
  process.on('uncaughtException', uncaught)
  onTestFinished(() => void process.off('uncaughtException', uncaught))
  const address = new URL(outboxes.url)
  const port = Number(address.port)
  const fields = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'
  const end = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)])
  end.writeInt32BE(end.length - 1, 1)
  const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
  let connections = 0
  const server = createServer((near) => {
    const far = connect(port, address.hostname)
    const isLost = ++connections === 1
    near.on('data', (data) => far.write(data)).on('close', () => far.destroy())
    far
      .on('error', () => undefined)
      .on('data', (data: Buffer) => {
        if (isLost && data.subarray(-ready.length).equals(ready)) near.end(Buffer.concat([data, end]))
        else near.write(data)
      })
  })
  await using proxy = await listen(server)
  address.port = String(proxy.port)
  const outbox = outboxes.open({}, address.href)
  await expect(outbox.counts()).rejects.toThrow('The outbox')
  expect(await outbox.counts()).toEqual({ pending: 0, dead: 0 })
  expect(uncaught).not.toHaveBeenCalled()
})
