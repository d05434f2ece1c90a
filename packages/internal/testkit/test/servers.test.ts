import { expect, test } from 'vitest'
import { inTurn, ok, serve, status } from '../src/api.ts'
import { closedPort } from '../src/listen.ts'
import { Random } from '../src/random.ts'
import { answer, rawServer } from '../src/raw.ts'

const post = (url: string, body: string) => fetch(`${url}/events`, { method: 'POST', body, headers: { 'x-a': 'b' } })

test('the scripted API answers in turn, and remembers what came', async () => {
  await using server = await serve(inTurn(status(503, { 'retry-after': '1' }), ok))
  expect((await post(server.url, '{"customer_id":"a","event":"x"}')).headers.get('retry-after')).toBe('1')
  expect(await (await post(server.url, '{"customer_id":"a"}')).json()).toEqual({ success: true })
  expect((await post(server.url, 'no JSON')).status).toBe(200)
  expect(server.arrivals).toMatchObject([
    { method: 'POST', path: '/events', headers: { 'x-a': 'b' }, body: { customer_id: 'a', event: 'x' } },
    { body: { customer_id: 'a' } },
    { text: 'no JSON', body: undefined },
  ])
  server.arrivals.pop()
  expect([server.log(), server.eventsOf('a'), server.mostOpen()]).toEqual([['a:x', 'a:identify'], ['x', undefined], 1])
})

test('the raw server has every request byte by byte, of a known length or in chunks', async () => {
  await using server = await rawServer((socket, nth) => socket.write(answer(`{"nth":${nth}}`)))
  expect(await (await post(server.url, 'é')).json()).toEqual({ nth: 0 })
  const body = new Blob(['in ', 'chunks']).stream()
  expect(await (await fetch(server.url, { method: 'POST', body, duplex: 'half' })).json()).toEqual({
    nth: 1,
  })
  expect(server.requests[0]).toMatch(/^POST \/events HTTP\/1\.1\r\n[\s\S]*\r\n\r\n\u00c3\u00a9$/)
  expect(server.requests[1]).toMatch(/chunks\r\n0\r\n\r\n$/)
})

test('a server is gone at the end of its block, and its port is refused', async () => {
  let url = ''
  {
    await using server = await serve()
    url = server.url
    expect((await post(url, '{}')).status).toBe(200)
  }
  await expect(post(url, '{}')).rejects.toThrow('fetch failed')
  await expect(post(`http://127.0.0.1:${await closedPort()}`, '{}')).rejects.toThrow('fetch failed')
})

test('a seed repeats its numbers, today’s as those of the runs that its tests name', () => {
  const [one, same] = [new Random(17), new Random(17)]
  const numbers = Array.from({ length: 1_000 }, () => one.below(100))
  expect(Array.from({ length: 1_000 }, () => same.below(100))).toEqual(numbers)
  expect(numbers.slice(0, 5)).toEqual([67, 19, 53, 16, 8])
  expect(Math.min(...numbers)).toBe(0)
  expect(Math.max(...numbers)).toBe(99)
})
