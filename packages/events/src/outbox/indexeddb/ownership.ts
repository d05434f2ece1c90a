import { ConfigurationError } from '../../errors/errors.ts'
import { browser, type Channel, type LockManager } from './browser.ts'

/** A message between the tabs. Each only says at once what the next look at the database would show. */
export type Message =
  /** Something was appended, or put back. */
  | 'stored'
  /** Something has ended, or a customer was forgotten. */
  | 'ended'
  /** A visible tab waits for the lock. */
  | 'wanted'
  /** The tab that has the lock is hidden. */
  | 'hidden'

export interface OwnershipListener {
  /** This tab has the lock. */
  owned(): void
  /** Another tab wants the lock more. Resolves when nothing is claimed here any more. */
  handOver(): Promise<void>
  /** Another tab tells something. */
  told(message: Message): void
}

/**
 * The right to claim: a Web Lock, which one tab has at a time. The browser passes it on at once when that tab is closed or
 * killed. All others stand in line for it.
 *
 * | state   | becomes | when                                                                       |
 * |---------|---------|----------------------------------------------------------------------------|
 * | none    | owner   | it is free, or its turn has come                                           |
 * | owner   | leaving | it is hidden, and a visible tab wants the lock                             |
 * | leaving | none    | nothing is claimed here any more; the tab stands at the end of the line    |
 * | any     | ended   | `end`                                                                      |
 */
export class Ownership {
  readonly #name: string
  readonly #listener: OwnershipListener
  readonly #ending = new AbortController()
  #state: 'none' | 'owner' | 'leaving' | 'ended' = 'none'
  #channel: Channel | undefined
  #release: (() => void) | undefined
  readonly #seen = (): void => this.#say()

  constructor(name: string, listener: OwnershipListener) {
    this.#name = name
    this.#listener = listener
  }

  get isOwner(): boolean {
    return this.#state === 'owner'
  }

  /** Takes the lock if it is free, and else stands in line. Resolves when it is known which. */
  async begin(): Promise<void> {
    const locks = locksOf()
    if (this.#channel === undefined && browser.BroadcastChannel) {
      this.#channel = new browser.BroadcastChannel(this.#name)
      this.#channel.addEventListener('message', ({ data }) => this.#hear(data as Message))
      browser.document?.addEventListener('visibilitychange', this.#seen)
    }
    await new Promise<void>((known, failed) => {
      const held = locks.request(this.#name, { ifAvailable: true }, (lock) => {
        const kept = lock ? this.#own() : undefined
        known()
        return kept
      })
      held.catch((thrown) => (this.#lost(), failed(thrown)))
    })
    if (this.#state === 'none') this.#stand(locks)
  }

  tell(message: Message): void {
    this.#channel?.postMessage(message)
  }

  /** Says again what a message that got lost has said. */
  poll(): void {
    if (this.#state === 'none') this.#say()
  }

  /** Gives the lock up for good. */
  end(): void {
    this.#state = 'ended'
    this.#ending.abort()
    this.#release?.()
    this.#channel?.close()
    this.#channel = undefined
    browser.document?.removeEventListener('visibilitychange', this.#seen)
  }

  #stand(locks: LockManager): void {
    this.#say()
    const held = locks.request(this.#name, { signal: this.#ending.signal }, () => this.#own())
    held.catch(() => this.#lost())
  }

  /** Holds the lock until it is released. */
  #own(): Promise<void> | undefined {
    if (this.#state === 'ended') return undefined
    this.#state = 'owner'
    this.#say()
    this.#listener.owned()
    return new Promise((release) => (this.#release = release))
  }

  /** Somebody has stolen it, or `end` was called. */
  #lost(): void {
    if (this.#state !== 'owner') return
    this.#state = 'none'
    this.#stand(locksOf())
  }

  #say(): void {
    if (this.#state === 'none' && !isHidden()) this.tell('wanted')
    if (this.#state === 'owner' && isHidden()) this.tell('hidden')
  }

  #hear(message: Message): void {
    if (message === 'wanted' && this.#state === 'owner' && isHidden()) void this.#leave()
    if (message === 'hidden') this.#say()
    this.#listener.told(message)
  }

  async #leave(): Promise<void> {
    this.#state = 'leaving'
    await this.#listener.handOver()
    this.#release?.()
    this.#release = undefined
    if (this.#state !== 'leaving') return
    this.#state = 'none'
    this.#stand(locksOf())
  }
}

function isHidden(): boolean {
  return browser.document?.visibilityState === 'hidden'
}

/** @throws ConfigurationError where there are none */
export function locksOf(): LockManager {
  const locks = browser.navigator?.locks
  if (locks) return locks
  throw new ConfigurationError(
    'indexedDbOutbox: this page has no navigator.locks, without which its tabs would send everything twice. Serve it by https (or from localhost), or make the tracker without an outbox.',
  )
}
