import type { AsyncLocalStorage } from 'node:async_hooks'
import type { TracingChannel } from 'node:diagnostics_channel'
import { type AttemptMessage, channelNames } from '../tracing/messages.ts'
import type { NodeModules } from './node-modules.ts'
import { pathOf, type Request } from './requests.ts'

/** So many addresses are remembered: a process has one or two trackers, with two addresses each. */
const mostUrls = 1_000

/** Knows the requests that trackers make, of this copy of the package or another one. */
export class OwnRequests {
  readonly #start: TracingChannel<object, AttemptMessage>['start']
  /** The attempt within which this code runs. It goes on in what the attempt has called, such as hooks, after its end. */
  readonly #attempts: AsyncLocalStorage<AttemptMessage>
  /** Addresses of attempts, each of which is taken apart once. */
  readonly #urls = new Set<string>()
  /** Their paths, by host. An attempt is repeated by its connection, too, and in whatever context that has. */
  readonly #paths = new Map<string, Set<string>>()
  readonly #note = (message: unknown): void => {
    const { url } = message as AttemptMessage
    if (this.#urls.has(url) || this.#urls.size >= mostUrls || !URL.canParse(url)) return
    this.#urls.add(url)
    const { host, pathname } = new URL(url)
    const paths = this.#paths.get(host) ?? new Set()
    this.#paths.set(host, paths.add(pathname))
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
    return this.#paths.get(host)?.has(pathOf(request)) ?? false
  }

  /** Tells whether a tracker makes the request that is being made, or asks for its token. */
  areMadeHere(): boolean {
    const attempt = this.#attempts.getStore()
    return attempt !== undefined && attempt.next === undefined
  }
}
