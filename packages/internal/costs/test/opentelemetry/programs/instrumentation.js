// Loaded by `--import` before the service, as a service of a user does it. Tells all spans and counts as the process ends.
import { register } from 'node:module'
import { instrumentEvents } from '@obsidianlaunch/events/opentelemetry'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'

// Modules of Node that are imported can be instrumented only so.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
const spans = new InMemorySpanExporter()
const counts = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: counts })
const sdk = new NodeSDK({
  spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  metricReaders: [reader],
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
})
sdk.start()
instrumentEvents()
globalThis.told = async () => {
  await reader.forceFlush()
  return JSON.stringify(
    spans.getFinishedSpans().map((s) => ({
      name: s.name,
      kind: s.kind,
      scope: s.instrumentationScope.name,
      trace: s.spanContext().traceId,
      id: s.spanContext().spanId,
      parent: s.parentSpanContext?.spanId,
      links: s.links.map((l) => l.context.spanId),
    })),
    null,
    1,
  )
}
