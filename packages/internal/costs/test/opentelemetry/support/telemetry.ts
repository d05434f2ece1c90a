import { type Attributes, context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { DataPointType, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { type InstrumentationOptions, instrumentEvents } from '@obsidianlaunch/events/opentelemetry'
import { onTestFinished } from 'vitest'

/** Reads when it is asked. */
class Reader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }
}

export interface Count {
  value: number
  attributes: Attributes
}

/** The real SDKs of OpenTelemetry, which keep in memory what they are told. */
export class Telemetry {
  readonly #spans = new InMemorySpanExporter()
  readonly #reader = new Reader()
  readonly tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: this.#spans })],
  })
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] })
  readonly tracer = this.tracerProvider.getTracer('the service')

  /** All spans that have ended, in that order. */
  spans(): ReadableSpan[] {
    return this.#spans.getFinishedSpans()
  }

  /** The spans of attempts. */
  attempts(): ReadableSpan[] {
    return this.spans().filter(({ instrumentationScope }) => instrumentationScope.name === '@obsidianlaunch/events')
  }

  /** The counts by the last part of their metric's name, without those that are 0. */
  async counts(name: 'inflight' | 'exported'): Promise<Count[]> {
    const points: Count[] = []
    for (const metric of await this.#metrics()) {
      if (metric.descriptor.name !== `obsidianlaunch.sdk.exporter.event.${name}`) continue
      if (metric.dataPointType === DataPointType.SUM) points.push(...metric.dataPoints)
    }
    return points.filter(({ value }) => value !== 0).map(({ value, attributes }) => ({ value, attributes }))
  }

  /** Numbers of ended events by how they ended: `ok`, or their error.type. */
  async ended(): Promise<Record<string, number>> {
    const ended: Record<string, number> = {}
    for (const { value, attributes } of await this.counts('exported')) {
      const how = (attributes['error.type'] ?? 'ok') as string
      ended[how] = (ended[how] ?? 0) + value
    }
    return ended
  }

  async inflight(): Promise<number> {
    return (await this.counts('inflight')).reduce((sum, { value }) => sum + value, 0)
  }

  /** Measurements of operations. */
  async durations(): Promise<{ value: Histogram; attributes: Attributes }[]> {
    const all = await this.#metrics()
    const metric = all.find(({ descriptor }) => descriptor.name === 'obsidianlaunch.sdk.exporter.operation.duration')
    return metric?.dataPointType === DataPointType.HISTOGRAM ? metric.dataPoints : []
  }

  async #metrics() {
    const { resourceMetrics } = await this.#reader.collect()
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
  }
}

/** Instruments events for one test. @returns what the SDKs are told, and ends it */
export function instrumented(options: InstrumentationOptions = {}): Telemetry & { stop: () => void } {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const telemetry = new Telemetry()
  const { tracerProvider, meterProvider } = telemetry
  const stop = instrumentEvents({ tracerProvider, meterProvider, ...options })
  onTestFinished(() => {
    stop()
    context.disable()
  })
  return Object.assign(telemetry, { stop })
}
