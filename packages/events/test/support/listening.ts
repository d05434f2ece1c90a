import { tracingChannel } from 'node:diagnostics_channel'
import type { AttemptMessage, EventMessage } from '../../src/index.ts'
import { channelNames } from '../../src/tracing/messages.ts'

type Moment = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

/** A moment that was told of, and a copy of its message as it was then. */
export interface Heard {
  readonly what: `${'event' | 'attempt'} ${Moment}`
  readonly message: EventMessage | AttemptMessage
  readonly at: Partial<EventMessage & AttemptMessage>
}

/** Listens to the channels of events and attempts until it is disposed. */
export class Listening implements Disposable {
  readonly heard: Heard[] = []
  readonly #ends: (() => void)[] = []

  constructor(told: (heard: Heard) => void = () => undefined) {
    for (const kind of ['event', 'attempt'] as const) {
      const channels = tracingChannel(channelNames[kind])
      const hear = (moment: Moment) => (message: unknown) => {
        const heard = { what: `${kind} ${moment}`, message, at: { ...(message as object) } } as Heard
        this.heard.push(heard)
        told(heard)
      }
      const moments: Moment[] = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
      for (const moment of moments) {
        const listener = hear(moment)
        channels[moment].subscribe(listener)
        this.#ends.push(() => channels[moment].unsubscribe(listener))
      }
    }
  }

  /** The starts and ends, in a word each: `event start`, `attempt retry`, `event delivered`. */
  get story(): string[] {
    return this.heard.flatMap(({ what, at }) => {
      if (what === 'event start' || what === 'attempt start') return [what]
      if (what === 'event asyncEnd') return [`event ${at.outcome}`]
      return what === 'attempt asyncEnd' ? [`attempt ${at.next}`] : []
    })
  }

  events(outcome?: string): EventMessage[] {
    const ended = this.heard
      .filter(({ what }) => what === 'event asyncEnd')
      .map(({ message }) => message as EventMessage)
    return outcome === undefined ? ended : ended.filter((message) => message.outcome === outcome)
  }

  attempts(): AttemptMessage[] {
    return this.heard.filter(({ what }) => what === 'attempt asyncEnd').map(({ message }) => message as AttemptMessage)
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end()
  }
}
