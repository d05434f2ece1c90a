import type { AsyncLocalStorage } from 'node:async_hooks'
import type { TracingChannel } from 'node:diagnostics_channel'
import { type AttemptMessage, channelNames } from '../tracing/messages.ts'
import type { NodeModules } from './node-modules.ts'
import { pathOf, type Request } from './requests.ts'

/** So many addresses are remembered: a process has one or two trackers, with two addresses each. */
const mostAddresses = 1_000

/** Knows the requests that trackers make, of this copy of the package or another one. */
export class OwnRequests {
  readonly #start: TracingChannel<object, AttemptMessage>['start']
  /** The attempt within which this code runs. It goes on in what the attempt has called, such as hooks, after its end. */
  readonly #attempts: AsyncLocalStorage<AttemptMessage>
  /** Hosts and paths. An attempt is repeated by its connection, too, and in whatever context that has. */
  readonly #addresses = new Set<string>()
  readonly #note = (message: unknown): void => {
    const { url } = message as AttemptMessage
    if (this.#addresses.size < mostAddresses && URL.canParse(url)) this.#addresses.add(addressOf(new URL(url)))
  }

  constructor({ asyncHooks, channels }: NodeModules) {
    this.#start = channels.tracingChannel<object, AttemptMessage>(channelNames.attempt).start
    this.#attempts = new asyncHooks.AsyncLocalStorage()
  }

  /** @returns ends it */
  listen(): () => void {
    this.#start.subscribe(this.#note)
    this.#start.bindStore(this.#attempts)
    return () => {
      this.#start.unsubscribe(this.#note)
      this.#start.unbindStore(this.#attempts)
    }
  }

  /** Tells whether a request goes to where a tracker sends its events. */
  has(host: string, request: Request): boolean {
    return this.#addresses.has(`${host}${pathOf(request)}`)
  }

  /** Tells whether a tracker makes the request that is being made, or asks for its token. */
  areMadeHere(): boolean {
    const attempt = this.#attempts.getStore()
    return attempt !== undefined && attempt.next === undefined
  }
}

function addressOf({ host, pathname }: URL): string {
  return `${host}${pathname}`
}
