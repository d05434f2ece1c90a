import { ask, builtin } from '../platform/platform.ts'
import { type AttemptMessage, channelNames, type EventMessage } from './messages.ts'

/** The part of Node's channels that is used. */
export interface Channel<M> {
  readonly hasSubscribers: boolean
  publish(message: M): void
  runStores<R>(message: M, callback: () => R): R
  subscribe(listener: (message: unknown) => void): void
  unsubscribe(listener: (message: unknown) => void): boolean
}

/** A channel for each moment, as Node's `tracingChannel` makes them. */
export type Channels<M> = Readonly<Record<'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error', Channel<M>>>

/** The channels of events and of attempts; undefined where the run time has none. */
export const channels = {
  event: /* @__PURE__ */ open<EventMessage>(channelNames.event),
  attempt: /* @__PURE__ */ open<AttemptMessage>(channelNames.attempt),
}

function open<M>(name: string): Channels<M> | undefined {
  return builtin('diagnostics_channel')?.tracingChannel?.(name) as Channels<M> | undefined
}

/** Tells whether anybody listens. Not all run times that have such channels say so of the five together. */
export function isHeard<M>(of: Channels<M> | undefined): of is Channels<M> {
  if (of === undefined) return false
  const { start, end, asyncStart, asyncEnd, error } = of
  if (start.hasSubscribers || asyncEnd.hasSubscribers) return true
  return error.hasSubscribers || end.hasSubscribers || asyncStart.hasSubscribers
}

/** Tells of a beginning that nothing runs in. */
export function publishStart<M>({ start, end }: Channels<M>, message: M): void {
  publish(start, message)
  publish(end, message)
}

/** Tells of an end. */
export function publishEnd<M extends { error?: unknown }>(
  { asyncStart, asyncEnd, error }: Channels<M>,
  message: M,
): void {
  if (message.error !== undefined) publish(error, message)
  publish(asyncStart, message)
  publish(asyncEnd, message)
}

/** Calls a function within the stores that are bound to `start`. */
export function runStores<M>({ start, end }: Channels<M>, message: M, callback: () => void): void {
  surely((run) => start.runStores(message, run), callback)
  publish(end, message)
}

/** Calls a function by what is around it: once, whatever that does. */
export function surely(around: (run: () => void) => void, callback: () => void): void {
  let hasRun = false
  const runOnce = () => {
    if (hasRun) return
    hasRun = true
    callback()
  }
  ask(() => around(runOnce))
  runOnce()
}

/** Node ends the process by what a listener throws, whoever tells it. Elsewhere it must not come back to the delivery. */
function publish<M>(channel: Channel<M>, message: M): void {
  ask(() => channel.publish(message))
}
