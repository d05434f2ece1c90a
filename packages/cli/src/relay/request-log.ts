import type { RequestRecord } from '@obsidianlaunch/events-relay'
import type { Tone } from '../terminal/screen.ts'
import type { Shell } from '../terminal/shell.ts'
import { json, plain } from '../terminal/text.ts'
import { inFlags } from './flags.ts'

/** Weight of a message; `info` says that something is well again. */
export type Level = 'info' | 'warn' | 'error'

const tones = { info: 'green', warn: 'yellow', error: 'red' } as const satisfies Record<Level, Tone>

/** Columns for a path; a longer one is cut. */
const longestPath = 40
/** Time for which a message that comes again is left out. */
const sameAgainMs = 10_000
/** The longest path of the API: /customer/test. */
const apiPath = 14

/**
 * Prints a line for each request. It has the event's id and the label of the key; no body, no customer, no address: whose
 * event it was, an operator finds by the id. Probes that succeed are left out.
 */
export class RequestLog {
  readonly #shell: Shell
  readonly #pathWidth: number
  #lines: string[] = []
  /** The last message, and the moment when it was said. */
  #said = { message: '', at: 0 }

  constructor(shell: Shell, basePath: string) {
    this.#shell = shell
    this.#pathWidth = Math.min(longestPath, basePath.replace(/\/$/, '').length + apiPath)
  }

  note(record: RequestRecord): void {
    const isProbe = /\/(healthz|readyz)$/.test(record.path) && record.status === 200
    if (!isProbe) this.#add(this.#shell.options.json ? asJson(record) : this.#inWords(record))
  }

  /** Prints what the tracker says of itself; the same, as a full disk says it for each request, once in a while. */
  say(level: Level, message: string): void {
    const now = Date.now()
    if (message === this.#said.message && now - this.#said.at < sameAgainMs) return
    this.#said = { message, at: now }
    const text = plain(inFlags(message), 2_000)
    this.flush()
    if (this.#shell.options.json)
      this.#shell.out.print(json({ type: 'log', time: new Date().toISOString(), level, message: text }))
    else this.#shell.err.print(`${this.#time()}  ${this.#shell.err.tone(tones[level], text)}`)
  }

  flush(): void {
    if (this.#lines.length > 0) this.#shell.out.print(this.#lines.splice(0).join('\n'))
  }

  /** Lines of one turn of the event loop are written at once. */
  #add(line: string): void {
    if (this.#lines.length === 0) setImmediate(() => this.flush())
    this.#lines.push(line)
  }

  #inWords(record: RequestRecord): string {
    const { out } = this.#shell
    const { method, path, status, durationMs, operation = '', id = '', key, problem, origin } = record
    const columns = [
      this.#time(),
      out.tone(toneOf(status), String(status)),
      plain(method, 7).padEnd(7),
      plain(path, longestPath - 1).padEnd(this.#pathWidth),
      duration(durationMs).padStart(8),
      operation.padEnd(16),
      plain(id, 255).padEnd(36),
      ...(key === undefined ? [] : [`key=${plain(key, 40)}`]),
      ...(problem === undefined ? [] : [out.tone(toneOf(status), problem)]),
      ...(problem === 'origin' && origin !== undefined ? [plain(origin, 200)] : []),
    ]
    return columns.join('  ').trimEnd()
  }

  /** A person at a terminal knows the day and the zone. */
  #time(): string {
    const now = new Date()
    if (!this.#shell.out.live) return now.toISOString()
    return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`
  }
}

function asJson(record: RequestRecord): string {
  const { method, path, status, durationMs, operation, environment, id, key, origin, problem } = record
  const fields = { method, path, status, durationMs: Math.round(durationMs * 10) / 10, operation, environment, id, key }
  const shown = { type: 'request', time: new Date().toISOString(), ...fields, origin, problem }
  return JSON.stringify(shown, (_name, value: unknown) => (typeof value === 'string' ? plain(value) : value))
}

function toneOf(status: number): Tone {
  if (status < 400) return 'green'
  return status < 500 ? 'yellow' : 'red'
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(2)} s`
}
