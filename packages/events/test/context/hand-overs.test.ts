import { AsyncResource } from 'node:async_hooks'
import { EventEmitter, EventEmitterAsyncResource, on, once } from 'node:events'
import { Agent, createServer as createHttpServer, get, type IncomingMessage } from 'node:http'
import { connect, createServer } from 'node:net'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { listen } from '@obsidianlaunch/testkit/listen'
import { describe, expect, test } from 'vitest'
import { currentCustomer, withCustomer } from '../../src/context.ts'
import { ok, serve } from '../support/server.ts'

const customers = Array.from({ length: 50 }, (_, n) => `user${n}`)

/** Lets each customer do the same at once. @returns for whom that was done, and who goes on afterwards */
function inEach(work: (customer: string) => unknown): Promise<unknown[]> {
  return Promise.all(customers.map((id) => withCustomer(id, async () => [await work(id), currentCustomer()])))
}
const itself = customers.map((id) => [id, id])

type Seen = string | undefined

/** Tells whose code runs when something calls back. */
function heard(start: (callback: () => void) => unknown): Promise<Seen> {
  return new Promise((tell) => void start(() => tell(currentCustomer())))
}

/** The one customer who was seen, or all of them. */
function only(seen: readonly Seen[]): unknown {
  const all = [...new Set(seen)]
  return all.length === 1 ? all[0] : all
}

describe('A customer stays in context', () => {
  test.each([
    ['setTimeout', (callback: () => void) => setTimeout(callback, 2)],
    ['setImmediate', (callback: () => void) => setImmediate(callback)],
    ['process.nextTick', (callback: () => void) => process.nextTick(callback)],
    ['queueMicrotask', (callback: () => void) => queueMicrotask(callback)],
    ['AbortSignal.timeout', (callback: () => void) => AbortSignal.timeout(2).addEventListener('abort', callback)],
  ])('behind %s', async (_name, start) => {
    expect(await inEach(() => heard(start))).toEqual(itself)
  })

  test('behind an interval, at each of its ticks', async () => {
    expect(await inEach(seenAtTicks)).toEqual(itself)
  })

  test('behind a pool of three that hands out by promises, in whatever order they come back', async () => {
    const pool = new Pool(3)
    const borrow = async () => {
      const lent = await pool.acquire()
      const seen = currentCustomer()
      await pause(lent)
      pool.release(lent)
      return seen
    }
    expect(await inEach(borrow)).toEqual(itself)
  })

  test('behind two connections that an agent keeps alive, in the events of each answer', async () => {
    await using api = await serve(ok)
    const agent = new Agent({ keepAlive: true, maxSockets: 2 })
    const ask = async () => {
      const response = await new Promise<IncomingMessage>((answered) => get(api.url, { agent }, answered))
      const seen = [currentCustomer()]
      response.on('data', () => seen.push(currentCustomer()))
      return only([...seen, await heard((callback) => response.on('end', callback))])
    }
    expect(await inEach(ask)).toEqual(itself)
    expect(api.sockets).toHaveLength(2)
    agent.destroy()
  })

  test('of a server of Node’s own where it awaits the body of a request; a listener of the request has none', async () => {
    await using server = await listen(
      createHttpServer((request, response) => {
        const answer = async () =>
          response.end(String(await (request.url === '/' ? seenBehindBody : seenAtEnd)(request)))
        void withCustomer(request.headers['x-customer']?.toString(), answer)
      }),
    )
    const ask = async (path: string, id: string) => {
      const init = { method: 'POST', headers: { 'x-customer': id }, duplex: 'half' as const }
      return (await fetch(server.url + path, { ...init, body: ReadableStream.from(slowly('text')) })).text()
    }
    expect(await Promise.all(customers.map((id) => ask('/', id)))).toEqual(customers)
    expect(await Promise.all(customers.map((id) => ask('/listen', id)))).toEqual(customers.map(() => 'undefined'))
  })

  test('behind fetch, and the stream of its body', async () => {
    await using api = await serve(ok)
    const ask = async () => {
      const { body } = await fetch(api.url)
      const seen: Seen[] = []
      for await (const chunk of body ?? []) seen.push(chunk.length > 0 ? currentCustomer() : 'empty')
      return only(seen)
    }
    expect(await inEach(ask)).toEqual(itself)
  })

  test('in streams that it reads and in those that it pipes through its own', async () => {
    expect(await inEach(seenInStreams)).toEqual(itself)
  })

  test('where it awaits an emitter that all share, or iterates over what that emits', async () => {
    const emitter = new EventEmitter().setMaxListeners(0)
    const listening = inEach(async () => {
      const first = once(emitter, 'answer')
      const seen: Seen[] = []
      for await (const [n] of on(emitter, 'answer')) {
        seen.push(currentCustomer())
        if (n === 2) break
      }
      await first
      return only([...seen, currentCustomer()])
    })
    withCustomer('emitter', () => [0, 1, 2].map((n) => emitter.emit('answer', n)))
    expect(await listening).toEqual(itself)
  })

  test('in a generator of its own, and in one that is made for nobody and advanced by one after the other', async () => {
    const own = inEach(async () => {
      const generator = customersSeen()
      await generator.next()
      return (await generator.next()).value
    })
    const shared = customersSeen()
    for (const id of customers.slice(0, 5)) expect((await withCustomer(id, () => shared.next())).value).toBe(id)
    expect(await own).toEqual(itself)
  })
})

async function seenBehindBody(request: IncomingMessage): Promise<Seen> {
  await request.toArray()
  return currentCustomer()
}

function seenAtEnd(request: IncomingMessage): Promise<Seen> {
  return heard((callback) => request.on('end', callback).resume())
}

function seenAtTicks(): Promise<unknown> {
  return new Promise((tell) => {
    const seen: Seen[] = []
    const timer = setInterval(() => {
      if (seen.push(currentCustomer()) < 3) return
      clearInterval(timer)
      tell(only(seen))
    }, 1)
  })
}

async function seenInStreams(): Promise<unknown> {
  const seen: Seen[] = []
  const transform = new Transform({
    transform(chunk, _encoding, done) {
      seen.push(currentCustomer())
      done(null, chunk)
    },
  })
  const source = Readable.from(customersSeen(3))
  const end = new PassThrough({ objectMode: true })
  const [read] = await Promise.all([end.toArray(), pipeline(source, transform, end)])
  return only([...seen, ...read.map(String)])
}

/** A body that comes in pieces. */
async function* slowly(text: string) {
  for (const letter of text) {
    await pause(1)
    yield new TextEncoder().encode(letter)
  }
}

async function* customersSeen(times = Infinity) {
  for (let n = 0; n < times; n++) {
    await pause(1)
    yield currentCustomer()
  }
}

describe('A listener', () => {
  test('runs for the customer for whom it is emitted', () => {
    const emitter = new EventEmitter()
    const seen: unknown[] = []
    withCustomer('listener', () => emitter.on('report', () => seen.push(currentCustomer())))
    withCustomer('user123', () => emitter.emit('report'))
    emitter.emit('report')
    expect(seen).toEqual(['user123', undefined])
  })

  test('that is bound runs for the customer who bound it, and so do all of an emitter that is a resource', () => {
    const emitter = new EventEmitter()
    const resource = withCustomer('user123', () => new EventEmitterAsyncResource({ name: 'Report' }))
    const seen: unknown[] = []
    withCustomer('user123', () =>
      emitter.on(
        'report',
        AsyncResource.bind(() => seen.push(currentCustomer())),
      ),
    )
    resource.on('report', () => seen.push(currentCustomer()))
    withCustomer('emitter', () => [emitter.emit('report'), resource.emit('report')])
    expect(seen).toEqual(['user123', 'user123'])
  })
})

describe('What requests share and is made for nobody', () => {
  /** It sends back whatever it gets. */
  const echo = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (m) => parentPort.postMessage(m))`

  test('a thread: its answers come for nobody, and for the right customer by a promise or a bound listener', async () => {
    const worker = withCustomer('first', () => withCustomer(null, () => new Worker(echo, { eval: true })))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    expect(await answersOf(worker, 'message', (text) => worker.postMessage(text))).toEqual(rightAnswers)
    await worker.terminate()
  })

  test('a connection: its data comes for nobody, and for the right customer by a promise or a bound listener', async () => {
    await using server = await listen(createServer((socket) => void socket.pipe(socket)))
    const socket = withCustomer('first', () => withCustomer(null, () => connect(server.port, '127.0.0.1')))
    expect(await answersOf(socket, 'data', (text) => socket.write(text))).toEqual(rightAnswers)
    socket.destroy()
  })

  test('a thread has no customer in it, whoever started it', async () => {
    const source = `
      import { parentPort } from 'node:worker_threads'
      import { currentCustomer } from '${new URL('../../dist/context.node.js', import.meta.url).href}'
      parentPort.postMessage(String(currentCustomer()))`
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
    const worker = withCustomer('user123', () => new Worker(url))
    expect(await once(worker, 'message')).toEqual(['undefined'])
    await worker.terminate()
  })
})

const rightAnswers = ['user1', 'user2', 'user3'].map((id) => ({ bare: undefined, bound: id, awaited: id }))

/** Asks what requests share for one customer after the other, and tells for whom each answer is heard. */
async function answersOf(shared: EventEmitter, name: string, ask: (text: string) => unknown): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const id of ['user1', 'user2', 'user3']) {
    answers.push(
      await withCustomer(id, async () => ({
        bare: await heard((callback) => (shared.once(name, callback), ask('bare'))),
        bound: await heard((callback) => (shared.once(name, AsyncResource.bind(callback)), ask('bound'))),
        awaited: await afterAnswer(shared, name, ask),
      })),
    )
  }
  return answers
}

async function afterAnswer(shared: EventEmitter, name: string, ask: (text: string) => unknown) {
  const answer = once(shared, name)
  ask('awaited')
  await answer
  return currentCustomer()
}

/** Lends a few things to many, as pools of connections do. */
class Pool {
  readonly #free: number[]
  readonly #waiting: ((lent: number) => void)[] = []

  constructor(size: number) {
    this.#free = Array.from({ length: size }, (_, n) => n)
  }

  async acquire(): Promise<number> {
    return this.#free.pop() ?? new Promise((lend) => this.#waiting.push(lend))
  }

  release(lent: number): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(lent)
    else next(lent)
  }
}
