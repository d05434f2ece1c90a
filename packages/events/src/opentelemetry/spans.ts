import {
  type Attributes,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import { version } from '../platform/version.ts'
import type { AttemptMessage, EventMessage } from '../tracing/messages.ts'
import { errorTypeOf } from './error-type.ts'
import { scope, serverOf } from './names.ts'

/** A span for each attempt, of a trace of its own. */
export class AttemptSpans {
  readonly #tracer: Tracer
  readonly #hasCustomers: boolean
  /** The spans in which events were tracked. */
  readonly #links = new WeakMap<EventMessage, Link>()
  readonly #open = new Map<AttemptMessage, Span>()

  constructor(provider: TracerProvider | undefined, hasCustomers: boolean) {
    this.#tracer = (provider ?? trace.getTracerProvider()).getTracer(scope, version)
    this.#hasCustomers = hasCustomers
  }

  /** Keeps the span that is active, which is the caller's. What an outbox held has none here. */
  tracked(event: EventMessage): void {
    const active = event.isFound ? undefined : trace.getSpanContext(context.active())
    if (active !== undefined && isSpanContextValid(active)) this.#links.set(event, { context: active })
  }

  /** Begins the span of an attempt, and makes it active while the request is made: what a client's instrumentation makes is its child. */
  began(attempt: AttemptMessage): void {
    const link = this.#links.get(attempt.event)
    const attributes = this.#attributesOf(attempt)
    const options = { kind: SpanKind.CLIENT, root: true, attributes, ...(link && { links: [link] }) }
    const span = this.#tracer.startSpan(`POST ${serverOf(attempt.url).path}`, options, ROOT_CONTEXT)
    this.#open.set(attempt, span)
    const own = trace.setSpan(ROOT_CONTEXT, span)
    const inner = attempt.within
    attempt.within = (send) => context.with(own, () => (inner === undefined ? send() : inner(send)))
  }

  ended(attempt: AttemptMessage): void {
    const span = this.#open.get(attempt)
    if (span === undefined) return
    this.#open.delete(attempt)
    const { status, cause, error, next } = attempt
    if (status !== undefined) span.setAttribute('http.response.status_code', status)
    if (next !== undefined) span.setAttribute('obsidianlaunch.attempt.next', next)
    // A connection may have repeated it meanwhile.
    span.setAttributes(resends(attempt))
    if (error !== undefined) {
      span.setAttribute('error.type', errorTypeOf(error))
      // A status says enough, and what the API says beside it may quote the event.
      span.setStatus({ code: SpanStatusCode.ERROR, ...(status === undefined && cause && { message: cause }) })
    }
    span.end()
  }

  /** Ends what has begun. */
  stop(): void {
    for (const span of this.#open.values()) span.end()
    this.#open.clear()
  }

  #attributesOf(attempt: AttemptMessage): Attributes {
    const { event, url } = attempt
    const { path, full, attributes } = serverOf(url)
    return {
      'http.request.method': 'POST',
      'url.full': full,
      'url.template': path,
      ...attributes,
      ...resends(attempt),
      'obsidianlaunch.event.id': event.id,
      'obsidianlaunch.operation': event.operation,
      'obsidianlaunch.environment': event.environment,
      ...(this.#hasCustomers && { 'obsidianlaunch.customer.id': event.customerId }),
    }
  }
}

function resends({ attempt }: AttemptMessage): Attributes {
  return attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}
}
