import { AsyncResource } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { withCustomer } from '@obsidianlaunch/events/context'
import { events } from './tracker.ts'

const vendor = process.env['EVENT_TRACKING_BASE_URL'] ?? ''

/** Things that all requests share, made within the first one, as many pools are. */
interface Shared {
  readonly agent: Agent
  readonly thread: Worker
  readonly emitter: EventEmitter
}
let made: Shared | undefined
function shared(): Shared {
  const echo = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n))`
  return (made ??= withCustomer(null, () => ({
    agent: new Agent({ keepAlive: true, maxSockets: 3 }),
    thread: new Worker(echo, { eval: true }).setMaxListeners(0),
    emitter: new EventEmitter().setMaxListeners(0),
  })))
}

let turns: Promise<unknown> = Promise.resolve()

/** The ways on which the code of a request goes before it tracks. */
const ways: Record<string, (track: () => void) => unknown> = {
  directly: (track) => track(),
  'behind a timer': (track) => new Promise<void>((done) => setTimeout(() => done(track()), Math.random() * 10)),
  'behind the turns of all others': (track) => {
    const turn = turns
    turns = turn.then(() => pause(1))
    return turn.then(track)
  },
  'behind connections that are kept': async (track) => {
    const { agent } = shared()
    const response = await new Promise<IncomingMessage>((done) => get(vendor, { agent }, done))
    response.on('data', track)
    await once(response, 'end')
  },
  'behind fetch': async (track) => {
    const response = await fetch(vendor)
    for await (const chunk of response.body ?? []) if (chunk.length > 0) track()
  },
  'in a stream': (track) => {
    const write = (_chunk: unknown, _encoding: unknown, done: () => void) => {
      track()
      done()
    }
    return pipeline(Readable.from([1]), new Writable({ objectMode: true, write }))
  },
  'behind an emitter': async (track) => {
    const { emitter } = shared()
    setTimeout(() => emitter.emit('answer'), Math.random() * 10)
    await once(emitter, 'answer')
    track()
  },
  'in a listener that is bound': (track) =>
    new Promise<void>((done) => {
      const { thread } = shared()
      thread.once(
        'message',
        AsyncResource.bind(() => done(track())),
      )
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage('next')
    }),
}

/** Tracks on all ways at once. @param report says whose request it is, as the test knows and this code need not */
export async function openReport(report: unknown): Promise<{ outcomes: string[] }> {
  const { of } = report as { of: string }
  const deliveries = Object.entries(ways).map(async ([way, go]) => {
    const tracked: ReturnType<typeof events.trackEvent>[] = []
    await go(() => void tracked.push(events.trackEvent('report_opened', { property: { of, way } })))
    const [end] = await Promise.all(tracked.map((delivery) => delivery.settled()))
    return end !== undefined && 'error' in end ? end.error.message : `${end?.outcome}`
  })
  return { outcomes: await Promise.all(deliveries) }
}
