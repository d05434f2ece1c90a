import { diag, type MeterProvider, type TracerProvider } from '@opentelemetry/api'
import { ConfigurationError } from '../errors/errors.ts'
import { type Channel, type Channels, channels } from '../tracing/channels.ts'
import type { AttemptMessage, EventMessage } from '../tracing/messages.ts'
import { EventMetrics } from './metrics.ts'
import { defaults } from './names.ts'
import { AttemptSpans } from './spans.ts'

/** Options of `instrumentEvents`. */
export interface InstrumentationOptions {
  /** @default the one that is registered globally, also if that is done later */
  tracerProvider?: TracerProvider | undefined
  /** @default the one that is registered globally, also if that is done later */
  meterProvider?: MeterProvider | undefined
  /**
   * Puts customer ids into spans, as `obsidianlaunch.customer.id`. An id may be an e-mail address, or otherwise tell who a
   * person is; traces often go to a third party, and what `forget` erases stays there. The event's own id is always there.
   *
   * @default false
   */
  customerIds?: boolean | undefined
}

/**
 * Makes a span of each attempt to deliver an event, and counts events: of all trackers of this process. Call it once, at
 * start-up. A span has a trace of its own, since it may come an hour after the call, and a link to the span in which the
 * event was tracked.
 *
 * @returns a function that ends it; spans that are open are ended, and what is on its way is counted no more
 * @throws ConfigurationError for unknown options, where the same providers are used already, and where the run time has no channels
 * @example
 * const stop = instrumentEvents()
 */
export function instrumentEvents(options: InstrumentationOptions = {}): () => void {
  SERVER: {
    const { event, attempt } = channels
    if (event !== undefined && attempt !== undefined) return start(event, attempt, options)
  }
  throw new ConfigurationError(needsServer)
}

function start(
  event: Channels<EventMessage>,
  attempt: Channels<AttemptMessage>,
  options: InstrumentationOptions,
): () => void {
  checkOptions(options)
  const { tracerProvider, meterProvider, customerIds = defaults.customerIds } = options
  const release = take([tracerProvider ?? 'tracerProvider', meterProvider ?? 'meterProvider'])
  const spans = new AttemptSpans(tracerProvider, customerIds)
  const counts = new EventMetrics(meterProvider)
  const ends = [
    listen(event.start, (message) => spans.tracked(message)),
    listen(event.start, (message) => counts.started(message)),
    listen(event.asyncEnd, (message) => counts.ended(message)),
    listen(attempt.start, (message) => spans.began(message)),
    listen(attempt.start, (message) => counts.began(message)),
    listen(attempt.asyncEnd, (message) => spans.ended(message)),
    listen(attempt.asyncEnd, (message) => counts.attempted(message)),
    () => spans.stop(),
    () => counts.stop(),
    release,
  ]
  return () => {
    for (const end of ends.splice(0)) safely(end)
  }
}

/** Listens to a channel. @returns ends that */
function listen<M>(channel: Channel<M>, hear: (message: M) => void): () => void {
  const heard = (message: unknown) => safely(() => hear(message as M))
  channel.subscribe(heard)
  return () => void channel.unsubscribe(heard)
}

/** Calls what runs code of an SDK: Node ends the process by what a listener throws. */
function safely(call: () => void): void {
  try {
    call()
  } catch (thrown) {
    diag.error('@obsidianlaunch/events: a span or a count is missing', thrown)
  }
}

const inUse = Symbol.for('@obsidianlaunch/events:opentelemetry')

/** Takes providers, each of which would tell of everything twice. @returns gives them back */
function take(providers: unknown[]): () => void {
  // A program may load this module several times.
  const globals = globalThis as { [inUse]?: Set<unknown> }
  const used = (globals[inUse] ??= new Set())
  if (providers.some((provider) => used.has(provider)))
    refuse('these providers are told of events already. Call it once, or end what the first call has begun')
  for (const provider of providers) used.add(provider)
  return () => {
    for (const provider of providers) used.delete(provider)
  }
}

function checkOptions(options: InstrumentationOptions): void {
  if (typeof options !== 'object' || options === null) refuse('options must be an object')
  const { tracerProvider, meterProvider, customerIds, ...unknown } = options
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== 'function')
    refuse('tracerProvider must have the method getTracer')
  if (meterProvider !== undefined && typeof meterProvider?.getMeter !== 'function')
    refuse('meterProvider must have the method getMeter')
  if (customerIds !== undefined && typeof customerIds !== 'boolean') refuse('customerIds must be true or false')
  const [name] = Object.keys(unknown)
  if (name !== undefined) refuse(`${name} is not known; known are: tracerProvider, meterProvider, customerIds`)
}

const needsServer =
  'instrumentEvents needs the diagnostics channels of a server, which this run time lacks. In a bundle for a server, let the bundler resolve packages by the condition "node", and on Workers set nodejs_compat'

function refuse(reason: string): never {
  throw new ConfigurationError(`instrumentEvents: ${reason}`)
}
