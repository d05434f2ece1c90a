import { builtin } from '../platform/platform.ts'
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

/** Tells whether anybody listens. */
export function isHeard<M>(channels: Channels<M> | undefined): channels is Channels<M> {
  if (channels === undefined) return false
  return channels.start.hasSubscribers || channels.asyncEnd.hasSubscribers || channels.error.hasSubscribers
}

/** Tells of an end. */
export function publishEnd<M extends { error?: unknown }>(channels: Channels<M>, message: M): void {
  if (message.error !== undefined) channels.error.publish(message)
  channels.asyncStart.publish(message)
  channels.asyncEnd.publish(message)
}
