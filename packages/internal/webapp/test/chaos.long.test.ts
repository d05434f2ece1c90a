import { Random } from '@obsidianlaunch/testkit/random'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { become, click, inBrowser, untilIdle, type User, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'
import type { Stack } from './support/stack.ts'

const steps = 120
const mostTabs = 3
const faults = [
  [{ status: 503, times: 3 }],
  [{ status: 429, retryAfter: 1 }],
  ['reset'],
  [{ delayMs: 50, times: 20 }],
] as const

test.for([
  ['with an outbox in the browser', true, 1],
  ['with an outbox in the browser', true, 2],
  ['without one', false, 3],
  ['without one', false, 4],
] as const)(
  'a page %s: what was told as stored arrives, whatever happens in whatever order: seed $2',
  ([, isDurable, seed], context) =>
    inBrowser(async ({ stack, user }) => {
      stack.page.isDurable = isDurable
      const chaos = new Chaos(seed, stack, user)
      for (let step = 0; step < steps; step++) await chaos.step()
      await chaos.end()
      await judge(stack)
      expect(stack.journal.promised.length).toBeGreaterThan(10)
    })(context),
)

/** One user with several tabs, and one after the other what may happen to a web app. */
class Chaos {
  readonly #random: Random
  readonly #stack: Stack
  readonly #user: User
  #tabs: Page[] = []
  #isOnline = true
  #isRelayUp = true

  constructor(seed: number, stack: Stack, user: User) {
    this.#random = new Random(seed)
    this.#stack = stack
    this.#user = user
  }

  step(): Promise<void> {
    const deed = this.#random.weighed(
      [10, this.#click],
      [4, this.#pause],
      [2, this.#open],
      [1, this.#close],
      [1, this.#reload],
      [2, this.#toggleNetwork],
      [2, this.#toggleRelay],
      [2, this.#breakApi],
    )
    return deed()
  }

  /** Puts everything right, and waits until nothing is pending. */
  async end(): Promise<void> {
    if (!this.#isOnline) await this.#toggleNetwork()
    if (!this.#isRelayUp) await this.#toggleRelay()
    this.#stack.mock.fail([])
    if (this.#tabs.length === 0) await this.#open()
    for (const tab of this.#tabs) {
      await click(tab, 'track')
      await untilIdle(tab)
      await waitForRows(tab, 'stored', 0)
    }
  }

  readonly #click = async (): Promise<void> => {
    const tab = this.#tabs.length > 0 ? this.#random.pick(this.#tabs) : undefined
    if (tab === undefined) return this.#open()
    await become(tab, this.#random.pick(['ada', 'grace']))
    await click(tab, 'track', 1 + this.#random.below(6))
  }

  readonly #pause = async (): Promise<void> => {
    await this.#tabs[0]?.waitForTimeout(this.#random.below(300))
  }

  readonly #open = async (): Promise<void> => {
    if (!this.#isOnline || this.#tabs.length === mostTabs) return
    this.#tabs.push(await this.#user.open(this.#stack.site.url))
  }

  readonly #close = async (): Promise<void> => {
    if (this.#tabs.length === 0) return
    const tab = this.#random.pick(this.#tabs)
    this.#tabs = this.#tabs.filter((other) => other !== tab)
    await tab.close()
  }

  readonly #reload = async (): Promise<void> => {
    if (this.#isOnline && this.#tabs.length > 0) await this.#random.pick(this.#tabs).reload()
  }

  readonly #toggleNetwork = async (): Promise<void> => {
    this.#isOnline = !this.#isOnline
    await this.#user.context.setOffline(!this.#isOnline)
  }

  readonly #toggleRelay = async (): Promise<void> => {
    this.#isRelayUp = !this.#isRelayUp
    await (this.#isRelayUp ? this.#stack.relay.start() : this.#stack.relay.kill())
  }

  readonly #breakApi = async (): Promise<void> => {
    this.#stack.mock.fail(this.#random.pick(faults))
  }
}
