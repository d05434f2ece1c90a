import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ScriptedServer, type Answer, ok, serve } from '@obsidianlaunch/testkit/api'
import type { RelayOptions } from '../../src/index.ts'
import { key, origin, projectToken } from '../support/relay.ts'
import type { Looks } from '../support/relay-program.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { raw, Wire } from '../support/wire.ts'

/** A relay in a process of its own that is attacked, and the API behind it. */
export class Attacked implements AsyncDisposable {
  readonly api: ScriptedServer
  readonly #relay: RelayProcess
  readonly #wires: Wire[] = []

  constructor(api: ScriptedServer, relay: RelayProcess) {
    this.api = api
    this.#relay = relay
  }

  get port(): number {
    return this.#relay.port
  }

  get url(): string {
    return this.#relay.url
  }

  wire(): Wire {
    const wire = new Wire(this.#relay.port)
    this.#wires.push(wire)
    return wire
  }

  look(): Promise<Looks> {
    return this.#relay.look()
  }

  /** The answer that somebody gets who does nothing wrong. */
  async healthy(): Promise<number> {
    using wire = this.wire()
    await wire.say(raw('{"customer_id":"healthy","event":"click"}'))
    const [answer] = await wire.until(1)
    return answer?.status ?? 0
  }

  /** The relay must live, have warned of nothing, and have told nobody a secret. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      const { records } = await this.look()
      const told = records + this.#wires.map(({ received }) => received).join('')
      if (told.includes(projectToken) || told.includes(key)) throw new Error('A secret was told')
    } finally {
      await this.#relay[Symbol.asyncDispose]()
      await this.api[Symbol.asyncDispose]()
    }
  }
}

export interface Attack {
  relay?: RelayOptions
  api?: Answer
  /** Stores nothing. */
  isDirect?: boolean
  silenceMs?: number
  headersMs?: number
}

export async function attacked({
  relay,
  api: answer = ok,
  isDirect = false,
  silenceMs,
  headersMs,
}: Attack = {}): Promise<Attacked> {
  const api = await serve(answer)
  const process = await RelayProcess.start({
    ...(!isDirect && { file: join(mkdtempSync(join(tmpdir(), 'attacked-')), 'events.db') }),
    port: 0,
    silenceMs,
    headersMs,
    tracker: { token: projectToken, baseUrl: api.url },
    relay: { keys: { web: key }, origins: [origin], ...relay },
  })
  return new Attacked(api, process)
}
