// Tracks one event in the span of a caller, and prints what its span says.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { EventTracker } from '@obsidianlaunch/events'
import { instrumentEvents } from '@obsidianlaunch/events/opentelemetry'

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const spans = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
instrumentEvents({ tracerProvider })
let active
const tracker = new EventTracker({
  fetch: (url, init) => {
    active = trace.getActiveSpan()?.spanContext().spanId
    return fetch(url, init)
  },
})
const caller = tracerProvider.getTracer('a caller').startSpan('GET /shop')
await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => tracker.trackEvent('user123', 'visit'))
const [span] = spans.getFinishedSpans()
const told = {
  name: span?.name,
  status: span?.attributes['http.response.status_code'],
  isLinked: span?.links[0]?.context.spanId === caller.spanContext().spanId,
  wasActive: active === span?.spanContext().spanId,
}
process.stdout.write(JSON.stringify(told), () => process.exit())
