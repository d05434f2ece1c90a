import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import type { FaultScripts } from '../faults/fault-scripts.ts'
import type { AnyExchange } from '../recording/exchange.ts'
import type { Recorder } from '../recording/recorder.ts'
import { wireExchange, wireFault } from './encode.ts'
import { type Batch, type Hello, pageKeeps } from './wire.ts'

/** The recording and the faults that the inspector shows. */
export interface InspectorOptions {
  recorder: Recorder
  faults: FaultScripts
  /** Resolves when the OpenAPI document has been read, shortly after the start. */
  operations: Promise<Hello['operations']>
}

// Timers are Node's own here: those of a page that Jest plays with jsdom are numbers, and a test may hold the clock.

// Long enough to gather what arrives together, too short for a person to notice.
const gatherMs = 40
// Proxies cut connections on which nothing moves.
const heartbeatMs = 15_000
const batchSize = 200
const batchText = 256 * 1024

/** Answers with server-sent events that keep a page up to date. */
export function createStreams(options: InspectorOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const run = randomUUID()
  return (request, response) => {
    const stream = new Stream(options, response, run)
    response.on('close', () => stream.close())
    // Without an OpenAPI document nothing starts, and whoever started it is told.
    stream.start(lastSeen(request, run)).catch(() => response.destroy())
  }
}

/** The last number that the page has of this run; 0 when it comes from another run, or for the first time. */
function lastSeen(request: IncomingMessage, run: string): number {
  const asked = new URL(request.url ?? '/', 'http://localhost').searchParams.get('after')
  const [seenRun, seq = ''] = String(request.headers['last-event-id'] ?? asked ?? '').split(':')
  return seenRun === run && /^\d{1,15}$/.test(seq) ? Number(seq) : 0
}

class Stream {
  readonly #options: InspectorOptions
  readonly #response: ServerResponse
  readonly #run: string
  readonly #ends: (() => void)[] = []
  #waiting: AnyExchange[] = []
  #seen = 0
  #faultsChanged = true
  #timer: NodeJS.Timeout | undefined
  #isReady = false

  constructor(options: InspectorOptions, response: ServerResponse, run: string) {
    this.#options = options
    this.#response = response
    this.#run = run
  }

  async start(seen: number): Promise<void> {
    const { recorder, faults, operations } = this.#options
    this.#seen = seen
    this.#waiting = recorder.exchanges.filter(({ seq }) => seq > seen)
    this.#ends.push(
      recorder.subscribe((exchange) => {
        this.#waiting.push(exchange)
        this.#soon()
      }),
      faults.subscribe(() => {
        this.#faultsChanged = true
        this.#soon()
      }),
    )
    const heartbeat = setInterval(() => this.#response.write(': still here\n\n'), heartbeatMs).unref()
    this.#ends.push(
      () => clearInterval(heartbeat),
      () => clearTimeout(this.#timer),
    )
    this.#response.on('drain', () => this.#flush())
    this.#response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    this.#response.write('retry: 500\n\n')
    const ours = (await operations).map(({ id, method, path }) => ({ id, method, path }))
    const latest = recorder.exchanges.at(-1)?.seq ?? 0
    this.#send('hello', { run: this.#run, latest, operations: ours } satisfies Hello)
    this.#isReady = true
    this.#flush()
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs).unref()
  }

  /** Writes until the connection is full; what waits then goes when it has drained. */
  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#isReady) return
    if (this.#faultsChanged) this.#send('faults', this.#options.faults.active.map(wireFault))
    this.#faultsChanged = false
    if (this.#waiting.length > pageKeeps) this.#waiting = this.#waiting.slice(-pageKeeps)
    while (this.#waiting.length > 0 && !this.#response.writableNeedDrain) this.#sendBatch()
  }

  #sendBatch(): void {
    let text = 0
    const fits = ({ text: { length }, answer }: AnyExchange, at: number) => {
      text += length + answer.text.length
      return at === 0 || (at < batchSize && text < batchText)
    }
    const end = this.#waiting.findIndex((exchange, at) => !fits(exchange, at))
    const batch = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
    // A page that is new here has missed nothing; what came before it is history.
    const missed = this.#seen === 0 ? 0 : Math.max(0, (batch[0]?.seq ?? 0) - this.#seen - 1)
    this.#seen = batch.at(-1)?.seq ?? this.#seen
    const data: Batch = { run: this.#run, missed, exchanges: batch.map(wireExchange) }
    this.#send('exchanges', data, `${this.#run}:${this.#seen}`)
  }

  /** JSON has no line breaks of its own, so that one line of data holds it. */
  #send(event: string, data: unknown, id?: string): void {
    if (this.#response.destroyed) return
    this.#response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
}
