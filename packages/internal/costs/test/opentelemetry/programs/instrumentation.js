// Loaded by `--import` before the service, as the services of users do it.
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

// What a program imports of Node itself can be instrumented only so.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
const spans = new InMemorySpanExporter()
const counts = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: counts })
new NodeSDK({
  spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  metricReaders: [reader],
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
}).start()
instrumentEvents({ customerIds: true })

/** All that the SDK was told, for the service to print. */
globalThis.telemetry = async () => {
  await reader.forceFlush()
  const metrics = counts
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics)
  return {
    spans: spans.getFinishedSpans().map((span) => ({
      scope: span.instrumentationScope.name,
      kind: span.kind,
      name: span.name,
      attributes: span.attributes,
      trace: span.spanContext().traceId,
      id: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId,
      links: span.links.map((link) => link.context.spanId),
    })),
    counts: Object.fromEntries(
      metrics?.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ value }) => value)]) ?? [],
    ),
  }
}
