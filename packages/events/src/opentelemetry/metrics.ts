import {
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
  metrics,
  type UpDownCounter,
} from '@opentelemetry/api'
import { version } from '../platform/version.ts'
import type { AttemptMessage, EventMessage } from '../tracing/messages.ts'
import { errorTypeOf } from './error-type.ts'
import { scope, serverOf } from './names.ts'

/** Seconds: an event may be delivered at once, or after an outage. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200]

interface Instruments {
  readonly inflight: UpDownCounter
  readonly exported: Counter
  readonly duration: Histogram
}

/** Events of one operation in one environment, counted by the instruments of one provider. */
interface Series extends Instruments {
  readonly attributes: Attributes
  open: number
}

/** An event on its way: counted as such by its series. */
interface Started {
  readonly series: Series
  firstAttemptAt?: number
  last?: AttemptMessage
}

/** Counts of events, each of which ends once. */
export class EventMetrics {
  readonly #given: MeterProvider | undefined
  readonly #started = new WeakMap<EventMessage, Started>()
  /** By provider: the global one may be registered later than this is made, and replaced. */
  readonly #series = new Map<MeterProvider, Map<string, Series>>()

  constructor(provider: MeterProvider | undefined) {
    this.#given = provider
  }

  /** Counts an event that was tracked, or found in an outbox. */
  started(event: EventMessage): void {
    if (this.#started.has(event)) return
    const series = this.#seriesOf(event)
    this.#started.set(event, { series })
    series.open++
    series.inflight.add(1, series.attributes)
  }

  began(attempt: AttemptMessage): void {
    // Somebody else listened before, so that its start was told then.
    this.started(attempt.event)
    const started = this.#started.get(attempt.event)
    if (started !== undefined) started.firstAttemptAt ??= performance.now()
  }

  attempted(attempt: AttemptMessage): void {
    const started = this.#started.get(attempt.event)
    if (started !== undefined) started.last = attempt
  }

  ended(event: EventMessage): void {
    const started = this.#started.get(event)
    this.#started.delete(event)
    const series = started?.series ?? this.#seriesOf(event)
    if (started !== undefined) {
      series.open--
      series.inflight.add(-1, series.attributes)
    }
    const { outcome, error, isElsewhere } = event
    // It ends later, was counted where it has ended, or was not to be sent.
    if (outcome === 'pending' || outcome === 'skipped' || isElsewhere === true) return
    const how = { ...series.attributes, ...(error && { 'error.type': errorTypeOf(error) }) }
    series.exported.add(1, how)
    const { firstAttemptAt, last } = started ?? {}
    if (firstAttemptAt === undefined) return
    series.duration.record((performance.now() - firstAttemptAt) / 1_000, {
      ...how,
      ...(last && serverOf(last.url).attributes),
      ...(last?.status !== undefined && { 'http.response.status_code': last.status }),
    })
  }

  /** Takes back what is still counted as being on its way. */
  stop(): void {
    for (const ofProvider of this.#series.values()) {
      for (const { inflight, open, attributes } of ofProvider.values()) if (open > 0) inflight.add(-open, attributes)
    }
  }

  #seriesOf({ operation, environment }: EventMessage): Series {
    const provider = this.#given ?? metrics.getMeterProvider()
    const ofProvider = this.#series.get(provider) ?? new Map<string, Series>()
    this.#series.set(provider, ofProvider)
    const key = `${operation} ${environment}`
    let series = ofProvider.get(key)
    if (series === undefined) {
      const attributes = { 'obsidianlaunch.operation': operation, 'obsidianlaunch.environment': environment }
      series = { ...instrumentsOf(provider), attributes, open: 0 }
      ofProvider.set(key, series)
    }
    return series
  }
}

function instrumentsOf(provider: MeterProvider): Instruments {
  const meter = provider.getMeter(scope, version)
  return {
    inflight: meter.createUpDownCounter('obsidianlaunch.sdk.exporter.event.inflight', {
      unit: '{event}',
      description: 'Events that were tracked, and have neither been delivered nor failed yet.',
    }),
    exported: meter.createCounter('obsidianlaunch.sdk.exporter.event.exported', {
      unit: '{event}',
      description: 'Events that have ended, each counted once: delivered, or failed where error.type is set.',
    }),
    duration: meter.createHistogram('obsidianlaunch.sdk.exporter.operation.duration', {
      unit: 's',
      description: 'Time from the first attempt at an event to its end, with all pauses between.',
      advice: { explicitBucketBoundaries: bounds },
    }),
  }
}
