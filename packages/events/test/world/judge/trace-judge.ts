import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AttemptMessage, EventMessage } from '../../../src/index.ts'
import { type ClockOwner, running } from '../machine/clock.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { Machine } from '../several/machine.ts'
import type { Verdict } from './verdict.ts'

type Tally = Record<NonNullable<EventMessage['outcome']>, number>

/** The ends that a process has told, and the messages that are open. */
class Told {
  readonly ends: Tally = { delivered: 0, rejected: 0, dropped: 0, dead: 0, skipped: 0, pending: 0 }
  readonly events = new Set<EventMessage>()
  readonly attempts = new Set<AttemptMessage>()
}

/** Listens to the channels of all trackers, and judges that each event and each attempt begins once and ends once. */
export class TraceJudge {
  readonly #verdict: Verdict
  readonly #told = new Map<ClockOwner, Told>()
  readonly #ended = new WeakSet<object>()
  readonly #stop: () => void

  constructor(verdict: Verdict) {
    this.#verdict = verdict
    this.#stop = listen({
      'event:start': (event) => this.#began(event as EventMessage, 'events'),
      'event:asyncEnd': (event) => this.#eventEnded(event as EventMessage),
      'attempt:start': (attempt) => this.#began(attempt as AttemptMessage, 'attempts'),
      'attempt:asyncEnd': (attempt) => this.#attemptEnded(attempt as AttemptMessage),
    })
  }

  stop(): void {
    this.#stop()
  }

  /** Judges, when everything has come to rest, that what was told is what the tracker counts. */
  judgeRest(process: WorldProcess): void {
    const told = this.#of(process)
    const { ends, events, attempts } = told
    const stats = process.tracker.stats()
    const details = () => `${process.name}: ${JSON.stringify({ stats, ends, open: [...events] })}`
    this.#expect(stats.delivered === ends.delivered, 'a listener is told of each delivery once', details)
    this.#expect(stats.rejected === ends.rejected, 'a listener is told of each rejection once', details)
    const dropped = ends.dropped + ends.skipped
    // What an erasure takes that no call of this process waits for is only counted.
    const areAll = process.path === undefined ? stats.dropped === dropped : stats.dropped >= dropped
    this.#expect(areAll, 'a listener is told of each dropped event once', details)
    if (process.path === undefined)
      this.#expect(stats.pending === events.size, 'a listener sees what is pending in memory', details)
    const { inFlight } = process.tracker.status()
    this.#expect(inFlight === attempts.size, 'a listener sees the attempts that are under way', details)
    if (process.hasClosed) this.judgeClosed(process)
  }

  /** Judges, when a tracker has shut down, that nothing is open. */
  judgeClosed(owner: WorldProcess | Machine): void {
    const { events, attempts } = this.#of(owner)
    const isTold = events.size === 0 && attempts.size === 0
    const details = () => `${owner.name}: ${JSON.stringify({ events: [...events], attempts: [...attempts] })}`
    this.#expect(isTold, 'with the shutdown a listener is told all ends', details)
  }

  /** Judges the same of a machine that shares its outbox: it counts also what others end, and what nobody here waits for. */
  judgeShared(machine: Machine): void {
    const { ends } = this.#of(machine)
    const stats = machine.tracker.stats()
    const details = () => `${machine.name}: ${JSON.stringify({ stats, ends })}`
    this.#expect(stats.delivered >= ends.delivered, 'a listener is told of each delivery once', details)
    this.#expect(stats.rejected === ends.rejected, 'a listener is told of each rejection once', details)
    this.#expect(stats.dropped >= ends.dropped, 'a listener is told of each dropped event once', details)
  }

  #of(owner: ClockOwner): Told {
    const known = this.#told.get(owner) ?? new Told()
    this.#told.set(owner, known)
    return known
  }

  #began(message: EventMessage | AttemptMessage, kind: 'events' | 'attempts'): void {
    const owner = this.#owner()
    if (owner === undefined) return
    const open: Set<unknown> = this.#of(owner)[kind]
    const isFirst = !open.has(message) && !this.#ended.has(message)
    this.#expect(isFirst, 'a listener is told of each beginning once', () => JSON.stringify(message))
    open.add(message)
    if ('event' in message)
      this.#expect(this.#of(owner).events.has(message.event), 'an attempt is told within its event', () =>
        JSON.stringify(message),
      )
  }

  #eventEnded(message: EventMessage): void {
    const told = this.#ends(message, 'events')
    if (told && message.outcome) told.ends[message.outcome]++
    this.#expect(message.outcome !== undefined, 'a listener is told how an event ended', () => message.id)
  }

  #attemptEnded(message: AttemptMessage): void {
    this.#ends(message, 'attempts')
    this.#expect(message.next !== undefined, 'a listener is told what follows an attempt', () => message.event.id)
  }

  #ends(message: EventMessage | AttemptMessage, kind: 'events' | 'attempts'): Told | undefined {
    const owner = this.#owner()
    if (owner === undefined) return undefined
    const told = this.#of(owner)
    const open: Set<unknown> = told[kind]
    this.#expect(open.delete(message), 'a listener is told of each end once', () => JSON.stringify(message))
    this.#ended.add(message)
    return told
  }

  /** The owner of the code that runs. Of one that is used from outside of itself some messages would not be judged. */
  #owner(): ClockOwner | undefined {
    const owner = running.getStore()
    this.#expect(owner !== undefined, 'the world knows whose message it hears', () => '')
    return owner
  }

  #expect(isKept: boolean, promise: string, details: () => string): void {
    this.#verdict.expect(isKept, promise, details)
  }
}

function listen(listeners: Record<string, (message: unknown) => void>): () => void {
  const all = Object.entries(listeners).map(([name, hear]): [string, ChannelListener] => [
    `tracing:obsidianlaunch:${name}`,
    hear,
  ])
  for (const [name, hear] of all) subscribe(name, hear)
  return () => {
    for (const [name, hear] of all) unsubscribe(name, hear)
  }
}
