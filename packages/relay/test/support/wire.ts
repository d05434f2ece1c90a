import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { key } from './relay.ts'

/** An answer as it came over the wire. */
export interface WireAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

/** A connection that says what it likes. */
export class Wire implements Disposable {
  readonly socket: Socket
  readonly #changed = new EventEmitter()
  /** All that came, as it came. */
  received = ''
  /** True once the other side has ended or cut the connection. */
  isOver = false

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1')
      this.#changed.emit('change')
    })
    const over = () => {
      this.isOver = true
      this.#changed.emit('change')
    }
    this.socket.on('end', over).on('close', over)
    this.socket.on('error', () => undefined)
  }

  /** Says it, and waits until the system has taken it. @returns this */
  async say(bytes: string | Uint8Array): Promise<this> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    if (!this.socket.destroyed) await new Promise((taken) => this.socket.write(data, taken))
    return this
  }

  /** The answers that came whole until now. */
  get answers(): WireAnswer[] {
    const answers: WireAnswer[] = []
    for (let rest = this.received; ;) {
      const head = rest.indexOf('\r\n\r\n')
      if (head === -1) return answers
      const [line = '', ...lines] = rest.slice(0, head).split('\r\n')
      const headers = Object.fromEntries(
        lines.map((one) => one.split(/:\s*/, 2)).map(([n = '', v]) => [n.toLowerCase(), v]),
      )
      const status = Number(line.split(' ')[1])
      const body = bodyOf(rest.slice(head + 4), headers)
      if (body === undefined) return answers
      answers.push({ status, headers: headers as Record<string, string>, body: body.text })
      rest = rest.slice(head + 4 + body.length)
    }
  }

  /** Waits for so many answers, or for the end. */
  async until(count: number): Promise<WireAnswer[]> {
    while (this.answers.length < count && !this.isOver) {
      await once(this.#changed, 'change')
    }
    return this.answers
  }

  /** Waits until the other side has ended or cut the connection. @returns the answers until then */
  async untilOver(): Promise<WireAnswer[]> {
    return this.until(Infinity)
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

function bodyOf(
  rest: string,
  headers: Record<string, string | undefined>,
): { text: string; length: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') {
    const end = rest.indexOf('0\r\n\r\n')
    if (end === -1) return undefined
    const text = rest.slice(0, end).replaceAll(/[\da-f]+\r\n(.*?)\r\n/gis, '$1')
    return { text, length: end + 5 }
  }
  const length = Number(headers['content-length'] ?? 0)
  return rest.length < length ? undefined : { text: rest.slice(0, length), length }
}

/** A request as bytes, whatever its headers say of its body. */
export function raw(
  body: string,
  headers: string[] = [`content-length: ${body.length}`],
  line = 'POST /events/test HTTP/1.1',
): string {
  const all = ['host: relay.test', `authorization: Bearer ${key}`, 'content-type: application/json', ...headers]
  return `${[line, ...all].join('\r\n')}\r\n\r\n${body}`
}

export function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
