import { Random } from '@obsidianlaunch/testkit/random'
import { describe, expect, test } from 'vitest'
import type { Delivery, EventTracker } from '../../../src/index.ts'
import type { Way } from '../../promise/support/api.ts'
import { watch, type Watched } from '../../promise/support/rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from '../../promise/support/world.ts'
import { type SharedOutbox, SharedStorage } from '../../support/shared-outbox.ts'

/** Each takes half a second. */
const seeds = Number(process.env['OWNERS_SEEDS'] ?? 6)
const firstSeed = Number(process.env['OWNERS_SEED'] ?? 1)
const steps = 60
const customers = ['ada', 'grace', 'alan']

interface Owner {
  readonly tracker: EventTracker
  readonly outbox: SharedOutbox
  isDead: boolean
}

interface Tracked {
  readonly event: string
  readonly customer: string
  readonly owner: Owner
  readonly delivery: Delivery
  readonly settled: Watched<unknown>
  /** Its customer was forgotten since. */
  isForgotten: boolean
}

/** Trackers on one storage that come, die, track and forget, before an API that does what it likes. */
class Owners {
  readonly world = new World()
  readonly all: Owner[] = []
  readonly tracked: Tracked[] = []
  /** The number of times that hooks of owners that were alive were told of an event. */
  readonly told = new Map<string, number>()
  readonly #random: Random
  readonly #storage: SharedStorage

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#storage = new SharedStorage(() => this.world.clock.now(), this.#random.chance(0.5))
  }

  async step(): Promise<void> {
    const owner = this.#random.pick(this.all)
    const what = this.#random.below(100)
    if (what < 8 && this.all.length < 3) this.open()
    else if (what < 12 && this.all.length > 1) this.#kill(owner)
    else if (what < 16) await this.#forget(owner)
    else if (what < 26) this.world.api.way = this.#weather()
    else if (what < 60) this.#track(owner)
    else await this.world.pass(this.#random.below(2 * attemptTimeoutMs))
    await this.world.pass(0)
  }

  open(): void {
    const outbox = this.#storage.open()
    const { fetch } = this.world.api
    const owner: Owner = {
      outbox,
      isDead: false,
      tracker: this.world.tracker({
        outbox,
        fetch: (...given: Parameters<typeof fetch>) =>
          owner.isDead ? new Promise<never>(() => undefined) : fetch(...given),
        onDelivered: ({ id }) => this.#tell(owner, id),
        onError: ({ kept }, { id }) => kept || this.#tell(owner, id),
      }),
    }
    void owner.tracker.start()
    this.all.push(owner)
  }

  /** The API recovers, and everything is delivered that still can be. */
  async settleDown(): Promise<void> {
    this.world.api.way = (call) => call.answer(200)
    await this.world.pass(10 * maxDeliveryMs)
  }

  #weather(): Way {
    const statuses = [200, 200, 200, 503, 422]
    const status = this.#random.pick(statuses)
    return this.#random.chance(0.2) ? () => undefined : (call) => call.answer(status)
  }

  #track(owner: Owner): void {
    const customer = this.#random.pick(customers)
    const event = `event_${this.tracked.length}`
    const delivery = owner.tracker.trackEvent(customer, event)
    this.tracked.push({ event, customer, owner, delivery, settled: watch(delivery.settled()), isForgotten: false })
  }

  async #forget(owner: Owner): Promise<void> {
    const customer = this.#random.pick(customers)
    for (const each of this.tracked) if (each.customer === customer) each.isForgotten = true
    void owner.tracker.forget(customer)
    await this.world.pass(0)
  }

  #kill(owner: Owner): void {
    owner.isDead = true
    owner.outbox.die()
    this.all.splice(this.all.indexOf(owner), 1)
  }

  #tell(owner: Owner, id: string): void {
    if (!owner.isDead) this.told.set(id, (this.told.get(id) ?? 0) + 1)
  }
}

/** Events of a customer in the order in which each came to the API for the first time. */
function arrivalsOf(owners: Owners, customer: string): string[] {
  const calls = owners.world.api.calls.filter((call) => call.customer === customer)
  return [...new Set(calls.map(({ event }) => event))]
}

/** @returns what is wrong in the end */
function faultsOf(owners: Owners): string[] {
  const faults: string[] = []
  for (const customer of customers) {
    const arrived = arrivalsOf(owners, customer)
    const tracked = owners.tracked.map(({ event }) => event).filter((event) => arrived.includes(event))
    if (arrived.join() !== tracked.join()) faults.push(`${customer} has the order ${arrived.join()}`)
  }
  for (const { event, customer, owner, delivery, settled, isForgotten } of owners.tracked) {
    const told = owners.told.get(delivery.id) ?? 0
    const hasArrived = arrivalsOf(owners, customer).includes(event)
    if (!isForgotten && !hasArrived) faults.push(`${event} was lost`)
    if (!owner.isDead && settled.state !== 'resolved') faults.push(`the call of ${event} did not resolve`)
    if (told > 1 || (told === 0 && !isForgotten)) faults.push(`the hooks were told of ${event} ${told} times`)
  }
  for (const { tracker } of owners.all) {
    const { pending } = tracker.stats()
    if (pending !== 0) faults.push(`${pending} are pending`)
  }
  return faults
}

describe('several trackers on one storage deliver everything in order, and tell each end once', () => {
  test.each(Array.from({ length: seeds }, (_, at) => firstSeed + at))('with the seed %i', async (seed) => {
    const owners = new Owners(seed)
    // It looks at the counts at every moment.
    await using world = owners.world
    owners.open()
    for (let step = 0; step < steps; step++) await owners.step()
    await owners.settleDown()
    expect(faultsOf(owners)).toEqual([])
    expect(world.api.calls.length).toBeGreaterThan(0)
  })
})
