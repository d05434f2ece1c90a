import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Workplace } from '../command-line.ts'

export const key = 'pk_live_0123456789abcdefghijklmn'

type Printed = Record<string, unknown> & { type: string }

/** A relay that was started at a command line with --json, and what it prints. */
export class RunningRelay {
  readonly child: ReturnType<Workplace['start']>
  readonly stderr: Promise<string>
  readonly printed: Printed[] = []
  url = ''
  readonly #closed: Promise<unknown>

  constructor(place: Workplace, options: string) {
    this.child = place.start(`obsidian-events relay --json --port 0 ${options}`)
    this.stderr = text(this.child.stderr)
    this.#closed = once(this.child, 'close')
  }

  /** Waits until it says where it listens. */
  async started(): Promise<this> {
    const lines = createInterface(this.child.stdout)
    const started = Promise.withResolvers<void>()
    lines.on('line', (line) => {
      const record = JSON.parse(line) as Printed
      this.printed.push(record)
      if (record.type !== 'started') return
      this.url = String(record['url'])
      started.resolve()
    })
    lines.on('close', () => started.reject(new Error(`It ended: ${JSON.stringify(this.printed)}`)))
    await started.promise
    return this
  }

  track(customer: string, event: string, more: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/events/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
      body: JSON.stringify({ customer_id: customer, event }),
    })
  }

  records(type: string): Printed[] {
    return this.printed.filter((record) => record.type === type)
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
