import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { type AttemptMessage, channelNames } from '../tracing/messages.ts'

/** The attempt within which this code runs. It goes on in what the attempt has called, such as hooks, after its end. */
const attempts = /* @__PURE__ */ new AsyncLocalStorage<AttemptMessage>()
let listeners = 0

/** Begins to know the requests of trackers. @returns ends that */
export function knowOwnRequests(): () => void {
  const { start } = tracingChannel<AttemptMessage>(channelNames.attempt)
  if (listeners++ === 0) start.bindStore(attempts)
  return () => {
    if (--listeners === 0) start.unbindStore(attempts)
  }
}

/** Tells whether a tracker makes the request that is being made, or asks for its token. */
export function isOwnRequest(): boolean {
  const attempt = attempts.getStore()
  return attempt !== undefined && attempt.next === undefined
}
