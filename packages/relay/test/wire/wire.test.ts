import { type Answer, ok } from '@obsidianlaunch/testkit/api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { origin } from '../support/relay.ts'
import { chunk, raw, type WireAnswer } from '../support/wire.ts'
import { type Attacked, attacked } from './attacked.ts'

const event = '{"customer_id":"user123","event":"click"}'
const statuses = (answers: readonly WireAnswer[]) => answers.map(({ status }) => status)
const slow: Answer = (...exchange) => setTimeout(() => ok(...exchange), 20)
const large = 'x'.repeat(1_000_000)

let relay: Attacked
let before = 0
beforeAll(async () => {
  relay = await attacked()
})
afterAll(() => relay[Symbol.asyncDispose]())
beforeEach(async () => {
  before = (await relay.look()).stats.accepted
})

/** The number of events that the test has brought in. */
async function stored(): Promise<number> {
  return (await relay.look()).stats.accepted - before
}

describe('A request that is none', () => {
  test.each([
    ['has both lengths', raw(chunk(event), [`content-length: ${event.length}`, 'transfer-encoding: chunked'])],
    ['has both lengths, the other way around', raw(event, ['transfer-encoding: chunked', 'content-length: 4'])],
    ['has two lengths', raw(event, ['content-length: 5', `content-length: ${event.length}`])],
    ['has two lengths in one field', raw(event, [`content-length: 5, ${event.length}`])],
    ['has a length with a sign', raw(event, [`content-length: +${event.length}`])],
    ['is chunked and then something else', raw(chunk(event), ['transfer-encoding: chunked, identity'])],
    ['is chunked in other words', raw(`${chunk(event)}0\r\n\r\n`, ['transfer-encoding: xchunked'])],
    ['has a space before a colon', raw(event, [`content-length : ${event.length}`])],
    ['folds a field', raw(event, ['x-folded: a', ' content-length: 3', `content-length: ${event.length}`])],
    ['ends its lines by half', raw(event).replaceAll('\r\n', '\n')],
    ['has a null byte in a field', raw(event, [`content-length: ${event.length}`, 'x-null: a\0b'])],
    ['has no host', raw(event).replace('host: relay.test\r\n', '')],
    ['has a chunk of a size that is no number', raw(`zz\r\n${event}\r\n0\r\n\r\n`, ['transfer-encoding: chunked'])],
    ['has a host that is none', raw(event).replace('relay.test', 'a b')],
    ['has a host with a user in it', raw(event).replace('relay.test', 'user:password@relay.test')],
    ['is something else', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ])('because it %s is answered by 400, and nothing of it is stored', async (_what, bytes) => {
    using wire = relay.wire()
    await wire.say(bytes)
    expect(statuses(await wire.until(1))).toEqual([400])
    await wire.say(raw(event))
    expect(statuses(await wire.until(2))).not.toContain(500)
    expect(wire.isOver || wire.answers.length === 2).toBe(true)
    expect(await stored()).toBe(wire.answers.length - 1)
    expect(await relay.healthy()).toBe(200)
  })

  test('behind one that was taken does not change its answer', async () => {
    using wire = relay.wire()
    await wire.say(`${raw(event)}NONSENSE\r\n\r\n`)
    expect(statuses(await wire.untilOver())).toEqual([200, 400])
    expect(await stored()).toBe(1)
  })

  test('because its headers are megabytes is answered by 431 before they have come', async () => {
    using wire = relay.wire()
    await wire.say(`POST /events/test HTTP/1.1\r\nhost: relay.test\r\n`)
    for (let n = 0; n < 8 && !wire.socket.destroyed; n++) await wire.say(`x-${n}: ${large}\r\n`)
    expect(statuses(await wire.untilOver())).toEqual([431])
    expect(await relay.healthy()).toBe(200)
  })
})

describe('A request target', () => {
  test.each([
    ['POST http://relay.test/events/test HTTP/1.1', 200],
    ['POST http://elsewhere.example/events/test HTTP/1.1', 200],
    ['POST //elsewhere.example/events/test HTTP/1.1', 404],
    ['POST /%2e%2e/events/test HTTP/1.1', 200],
    ['POST /events%2ftest HTTP/1.1', 404],
    ['POST events/test HTTP/1.1', 400],
    ['POST http://a b/events/test HTTP/1.1', 400],
    ['POST http://[/events/test HTTP/1.1', 400],
    ['OPTIONS * HTTP/1.1', 400],
    ['POST /events/test?\xff\xfe HTTP/1.1', 400],
    ['OPTIONS /events/test HTTP/1.1', 405],
    ['TRACE /events/test HTTP/1.1', 405],
    ['PUT /events/test HTTP/1.1', 405],
    ['BREW /events/test HTTP/1.1', 400],
    ['POST /events/test HTTP/1.0', 200],
  ])('and method as in "%s" is answered by %i', async (line, status) => {
    using wire = relay.wire()
    const hasBody = !line.startsWith('TRACE')
    await wire.say(raw(hasBody ? event : '', hasBody ? undefined : [], line))
    const [answer] = await wire.until(1)
    expect(answer?.status).toBe(status)
    expect(await stored()).toBe(status === 200 ? 1 : 0)
  })

  test('of HEAD gets the headers of an answer alone', async () => {
    using wire = relay.wire()
    await wire.say(raw('', [], 'HEAD /events/test HTTP/1.1') + raw('', [], 'TRACE /events/test HTTP/1.1'))
    await expect.poll(() => wire.received).toMatch(/\r\n\r\nHTTP/)
    expect(wire.received.split(/(?=HTTP\/1.1)/).map((one) => one.slice(9, 12))).toEqual(['405', '405'])
    expect(wire.received).not.toContain('/errors/relay/#')
  })

  test('of CONNECT opens nothing', async () => {
    using wire = relay.wire()
    await wire.say(raw('', [], `CONNECT 127.0.0.1:${relay.api.port} HTTP/1.1`))
    expect(await wire.untilOver()).toEqual([])
  })
})

describe('A body', () => {
  test('that is too large and says so is refused before it has come, and its connection still answers', async () => {
    using wire = relay.wire()
    await wire.say(raw('', [`content-length: ${large.length}`]))
    expect(statuses(await wire.until(1))).toEqual([413])
    await wire.say(large)
    await wire.say(raw(event))
    expect(statuses(await wire.until(2))).toEqual([413, 200])
  })

  test('that is too large and does not say so is refused, and its connection still answers', async () => {
    using wire = relay.wire()
    await wire.say(`${raw('', ['transfer-encoding: chunked'])}${chunk(large)}`)
    expect(statuses(await wire.until(1))).toEqual([413])
    await wire.say(`0\r\n\r\n${raw(event)}`)
    expect(statuses(await wire.until(2))).toEqual([413, 200])
  })

  test.each([
    ['chunks that never end', 'transfer-encoding: chunked', chunk(large)],
    ['a length that it means', 'content-length: 100000000000', large],
  ])('of %s is read to the end of a bound, and its client can read the refusal', async (_what, header, more) => {
    using wire = relay.wire()
    await wire.say(raw('', [header]))
    let said = 0
    for (; said < 1_000 && !wire.socket.destroyed; said++) await wire.say(more)
    expect(statuses(wire.answers)).toEqual([413])
    expect(said).toBeLessThan(1_000)
    expect(await stored()).toBe(0)
    expect((await relay.look()).residentMB).toBeLessThan(250)
    expect(await relay.healthy()).toBe(200)
  })

  test('that comes drip by drip is waited for as long as the option says, and what comes later is not read', async () => {
    await using impatient = await attacked({ relay: { bodyTimeoutMs: 300 } })
    using wire = impatient.wire()
    await wire.say(raw('', ['transfer-encoding: chunked']))
    const drips = setInterval(() => void wire.say(chunk(' ')), 20)
    try {
      expect(statuses(await wire.until(1))).toEqual([408])
    } finally {
      clearInterval(drips)
    }
    expect((await impatient.look()).stats.accepted).toBe(0)
  })

  test('that is cut is not stored', async () => {
    using ends = relay.wire()
    await ends.say(raw(event.slice(0, 20), [`content-length: ${event.length}`]))
    ends.socket.end()
    expect(statuses(await ends.untilOver())).toEqual([400])
    using breaks = relay.wire()
    await breaks.say(raw(chunk(event), ['transfer-encoding: chunked']))
    breaks.socket.resetAndDestroy()
    await expect.poll(async () => (await relay.look()).records).toContain('"problem":"cut"')
    expect(await stored()).toBe(0)
  })

  test('of bytes that are no UTF-8 is refused, and so is an id of such', async () => {
    using wire = relay.wire()
    await wire.say(raw('{"customer_id":"\xff\xfe","event":"click"}'))
    await wire.say(raw(event, [`content-length: ${event.length}`, 'idempotency-key: \xff\xfe']))
    const problems = (await wire.until(2)).map(({ body }) => /\/errors\/relay\/#([\w-]+)/.exec(body)?.[1])
    expect(problems).toEqual(['not-json', 'bad-id'])
    expect(await stored()).toBe(0)
  })

  test('in two-byte chunks with extensions and trailers is a body', async () => {
    using wire = relay.wire()
    const chunks = event.match(/..?/g) ?? []
    const body = chunks.map((text) => `${text.length.toString(16)};ext=1\r\n${text}\r\n`).join('')
    await wire.say(`${raw('', ['transfer-encoding: chunked'])}${body}0\r\nx-trailer: 1\r\n\r\n`)
    expect(statuses(await wire.until(1))).toEqual([200])
  })
})

describe('A connection', () => {
  test('answers what comes at once in its order, each to its own', async () => {
    using wire = relay.wire()
    const pipelined = Array.from({ length: 50 }, (_, n) => {
      if (n % 3 === 1) return raw('{')
      return raw(event, [`content-length: ${event.length}`, `idempotency-key: id-${n}`])
    })
    await wire.say(pipelined.join(''))
    const answers = await wire.until(50)
    expect(statuses(answers)).toEqual(pipelined.map((_, n) => (n % 3 === 1 ? 400 : 200)))
    const ids = answers
      .filter(({ status }) => status === 200)
      .map(({ body }) => (JSON.parse(body) as { id: string }).id)
    expect(ids).toEqual(pipelined.flatMap((_, n) => (n % 3 === 1 ? [] : [`id-${n}`])))
    expect(await stored()).toBe(ids.length)
  })

  test.each([
    ['stored', false],
    ['sent on', true],
  ])('that is cut while its event is %s harms nobody', async (_what, isDirect) => {
    await using cut = await attacked({ api: slow, isDirect })
    for (let n = 0; n < 200; n++) {
      using wire = cut.wire()
      await wire.say(raw(event) + raw(event))
      if (n % 2 === 0) await new Promise((passed) => setTimeout(passed, n % 10))
      wire.socket.resetAndDestroy()
    }
    expect(await cut.healthy()).toBe(200)
    const { accepted, pending } = (await cut.look()).stats
    expect(accepted).toBeGreaterThan(0)
    await expect.poll(async () => (await cut.look()).stats.pending).toBe(0)
    expect(pending).toBeLessThanOrEqual(accepted)
  })

  test('may ask for another protocol, and gets this one', async () => {
    using wire = relay.wire()
    await wire.say(raw(event, [`content-length: ${event.length}`, 'connection: upgrade', 'upgrade: websocket']))
    expect(statuses(await wire.until(1))).toEqual([200])
  })

  test('that asks before it sends is answered, and refused once it asks too many from one address', async () => {
    await using limited = await attacked({ relay: { rateLimit: { perAddress: { perSecond: 1, burst: 100 } } } })
    using wire = limited.wire()
    const headers = [`origin: ${origin}`, 'access-control-request-method: POST']
    const preflight = raw('', headers, 'OPTIONS /events/test HTTP/1.1')
    await wire.say(preflight.repeat(1_000))
    const answers = statuses(await wire.until(1_000))
    expect(answers.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 204))
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(850)
  })
})
