import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { chunk, raw } from '../support/wire.ts'
import { attacked } from './attacked.ts'

const event = '{"customer_id":"user123","event":"click"}'
const large = 'x'.repeat(1_000_000)

/** The number of files and sockets that this process, and so each that it starts, may have open. */
const mostDescriptors = Number(/^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
const crowd = Math.min(10_000, mostDescriptors - 1_000)

describe.concurrent('A crowd', () => {
  test('of a thousand requests that are refused leaves no memory behind', async ({ expect }) => {
    await using relay = await attacked()
    const kinds = [
      raw('{'),
      raw(event).replace('/events/test', '/'),
      raw('', [`content-length: ${large.length}`]) + large,
      raw('', ['transfer-encoding: chunked']) + chunk(large) + '0\r\n\r\n',
      raw(event).replace('Bearer pk', 'Bearer no'),
      raw(event).replace('application/json', 'image/png'),
      raw(event, [`content-length: ${event.length}`, 'origin: https://evil.example']),
    ]
    const come = async (count: number) => {
      for (let n = 0; n < count; n++) {
        using wire = relay.wire()
        await wire.say(kinds[n % kinds.length] ?? '')
        const [answer] = await wire.until(1)
        expect(answer?.status).toBeGreaterThanOrEqual(400)
      }
    }
    await come(300)
    const before = await relay.look()
    await come(1_000)
    await expect.poll(async () => (await relay.look()).connections).toBe(0)
    const after = await relay.look()
    expect(after.stats.accepted).toBe(0)
    expect(after.heapMB - before.heapMB).toBeLessThan(3)
  })

  test(`of ${crowd} idle connections takes little memory and goes by itself, and the others are served meanwhile`, async ({
    expect,
  }) => {
    // All of them are there before the first one goes, on a busy machine, too.
    await using relay = await attacked({ headersMs: 60_000 })
    expect(await relay.healthy()).toBe(200)
    const before = await relay.look()
    for (let n = 0; n < crowd; n += 100) {
      const some = Array.from({ length: 100 }, () => relay.wire())
      await Promise.all(some.map(({ socket }) => once(socket, 'connect')))
      // One in ten begins, and never ends.
      for (const wire of some.slice(0, 10)) await wire.say('POST /events/test HTTP/1.1\r\nhost: relay')
      expect(await relay.healthy()).toBe(200)
    }
    const during = await relay.look()
    expect(during.descriptors - before.descriptors).toBeGreaterThan(crowd * 0.9)
    expect(during.residentMB - before.residentMB).toBeLessThan(crowd * 0.03)
    await expect.poll(async () => (await relay.look()).connections, { timeout: 200_000 }).toBe(0)
    expect(await relay.healthy()).toBe(200)
  })

  test('that says its headers letter by letter is answered by 408', async ({ expect }) => {
    await using relay = await attacked()
    using wire = relay.wire()
    const bytes = raw(event).split('')
    const letters = setInterval(() => void wire.say(bytes.shift() ?? ''), 500)
    try {
      expect((await wire.untilOver()).map(({ status }) => status)).toEqual([408])
    } finally {
      clearInterval(letters)
    }
    expect((await relay.look()).stats.accepted).toBe(0)
  })

  test('that reads no answer takes no memory, and is cut', async ({ expect }) => {
    await using relay = await attacked({ silenceMs: 2_000 })
    const before = await relay.look()
    using wire = relay.wire()
    wire.socket.pause()
    const many = raw('{').repeat(500)
    for (let n = 0; n < 100 && wire.socket.writableLength < 10_000_000; n++) wire.socket.write(many)
    await expect.poll(async () => (await relay.look()).records.length).toBeGreaterThan(0)
    expect(await relay.healthy()).toBe(200)
    const during = await relay.look()
    expect(during.heapMB - before.heapMB).toBeLessThan(20)
    await expect.poll(async () => (await relay.look()).connections).toBe(0)
  })
})
