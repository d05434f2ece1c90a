import type { OutboxEntry } from '../../src/event/event.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Claim, Outbox } from '../../src/outbox/outbox.ts'
import { sqliteOutbox, type SqliteOutboxOptions } from '../../src/outbox/sqlite/sqlite.ts'

/** A directory of its own, which goes with the outboxes in it. */
export class OutboxFiles implements AsyncDisposable {
  readonly directory: string
  readonly #opened: Outbox[] = []
  readonly #isOurs: boolean

  constructor(directory?: string) {
    this.#isOurs = directory === undefined
    this.directory = directory ?? mkdtempSync(join(tmpdir(), 'outbox-'))
  }

  path(name = 'events.db'): string {
    return join(this.directory, name)
  }

  open(options: SqliteOutboxOptions = {}, name = 'events.db'): Outbox {
    return this.add(sqliteOutbox(this.path(name), options))
  }

  add<T extends Outbox>(outbox: T): T {
    this.#opened.push(outbox)
    return outbox
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const outbox of this.#opened) await outbox.close()
    if (this.#isOurs) rmSync(this.directory, { recursive: true, force: true })
  }
}

/** An entry named `customer:event`. */
export function entryOf(name: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const customerId = name.slice(0, name.indexOf(':'))
  return { id: name, customerId, operation: 'trackEvent', body: `"${name}"`, acceptedAt: 1_000, ...more }
}

export async function append(outbox: Outbox, ...names: string[]): Promise<readonly string[]> {
  return outbox.append(names.map((name) => entryOf(name)))
}

export async function claim(outbox: Outbox, max = 100): Promise<readonly Claim[]> {
  return outbox.claim(max, 60_000, 'oldest')
}

export async function delivered(outbox: Outbox, ...claims: readonly Claim[]): Promise<readonly boolean[]> {
  return outbox.settle(claims.map((each) => [each, { kind: 'delivered' }]))
}

/** Delivers whatever is due, and tells in which order. */
export async function drain(outbox: Outbox): Promise<string[]> {
  const order: string[] = []
  for (let claims = await claim(outbox); claims.length > 0; claims = await claim(outbox)) {
    order.push(...claims.map(({ entry }) => entry.id))
    await delivered(outbox, ...claims)
  }
  return order
}

/** Gives the error of a call that must not succeed. */
export async function failureOf(call: unknown): Promise<unknown> {
  try {
    await call
  } catch (thrown) {
    return thrown
  }
  throw new Error('expected a failure')
}
