import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import type { Workplace } from '../command-line.ts'

export const key = 'pk_live_0123456789abcdefghijklmn'

const started = new Set<RunningRelay>()
// A test that fails leaves none behind.
afterEach(() => {
  for (const { child } of started) child.kill('SIGKILL')
  started.clear()
})

type Printed = Record<string, unknown> & { type: string }

/** A relay that was started at a command line with --json, and what it prints. */
export class RunningRelay {
  readonly child: ReturnType<Workplace['start']>
  readonly stderr: Promise<string>
  readonly printed: Printed[] = []
  url = ''
  /** A slow machine is told that its outbox is not open yet: what was printed before the start counts no longer. */
  #from = 0
  readonly #lines: Interface
  readonly #closed: Promise<unknown>

  constructor(place: Workplace, options: string) {
    this.child = place.start(`obsidian-events relay --json --port 0 ${options}`)
    this.stderr = text(this.child.stderr)
    this.#closed = once(this.child, 'close')
    this.#lines = createInterface(this.child.stdout)
    started.add(this)
    this.#lines.on('line', (line) => this.printed.push(JSON.parse(line) as Printed))
  }

  /** Waits until it says where it listens. */
  async started(): Promise<this> {
    const start = await this.shown('started')
    this.url = String(start['url'])
    this.#from = this.printed.indexOf(start)
    return this
  }

  /** Waits for the first record of a type. */
  async shown(type: string): Promise<Printed> {
    for (;;) {
      const [found] = this.records(type)
      if (found) return found
      const isOver = await Promise.race([once(this.#lines, 'line').then(() => false), this.#closed.then(() => true)])
      if (isOver && this.records(type).length === 0) throw new Error(`It ended: ${JSON.stringify(this.printed)}`)
    }
  }

  track(customer: string, event: string, more: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/events/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
      body: JSON.stringify({ customer_id: customer, event }),
    })
  }

  records(type: string): Printed[] {
    return this.printed.slice(this.#from).filter((record) => record.type === type)
  }

  /** @returns its exit code, or the signal that ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGTERM'): Promise<number | string | null> {
    this.child.kill(signal)
    await this.#closed
    return this.child.exitCode ?? this.child.signalCode
  }
}

export async function startRelay(place: Workplace, options = `--outbox events.db --key ${key}`): Promise<RunningRelay> {
  return new RunningRelay(place, options).started()
}
