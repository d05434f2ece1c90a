// Tracks one event in the span of a caller, and prints what its span says.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const spans = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
const tracer = tracerProvider.getTracer('a caller')
// A request may be what loads the modules: nothing of its span may stay with them.
const first = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('GET /first'))
const { EventTracker } = await context.with(first, () => import('@obsidianlaunch/events'))
const { instrumentEvents } = await context.with(first, () => import('@obsidianlaunch/events/opentelemetry'))
instrumentEvents({ tracerProvider })
let active
const tracker = new EventTracker({
  fetch: (url, init) => {
    active = trace.getActiveSpan()?.spanContext().spanId
    return fetch(url, init)
  },
})
const caller = tracer.startSpan('GET /shop')
await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => tracker.trackEvent('user123', 'visit'))
const [span] = spans.getFinishedSpans()
const told = {
  name: span?.name,
  status: span?.attributes['http.response.status_code'],
  isLinked: span?.links[0]?.context.spanId === caller.spanContext().spanId,
  hasParent: span?.parentSpanContext !== undefined,
  wasActive: active === span?.spanContext().spanId,
}
process.stdout.write(JSON.stringify(told), () => process.exit())
