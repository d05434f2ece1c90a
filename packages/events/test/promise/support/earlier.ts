import { copyFileSync } from 'node:fs'
import type { Outbox } from '../../../src/index.ts'
import { World } from './world.ts'
import { hang } from './api.ts'

/** A file that an earlier process has left: a dead letter of bob's, and an event each of alice and carol that wait. */
export class EarlierFile implements AsyncDisposable {
  readonly #world = new World()

  async make(): Promise<this> {
    const { api } = this.#world
    const tracker = this.#world.durable()
    api.way = (call) => (call.customer === 'bob' ? call.answer(400) : hang(call))
    for (const customer of ['bob', 'alice', 'carol']) void tracker.trackEvent(customer, 'earlier')
    await this.#world.pass(0)
    const books = tracker.stats()
    void tracker.shutdown({ timeoutMs: 0 })
    await this.#world.pass(0)
    if (books.dead !== 1 || books.pending !== 2) throw new Error(`Not as meant: ${JSON.stringify(books)}`)
    return this
  }

  /** An outbox of the world's on a copy. */
  open(world: World): Outbox {
    copyFileSync(this.#world.path(), world.path())
    return world.sqlite()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]()
  }
}
