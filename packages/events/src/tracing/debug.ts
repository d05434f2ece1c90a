import { ask, readEnvironment } from '../platform/platform.ts'
import { shown } from '../platform/shown.ts'
import { channels } from './channels.ts'
import type { AttemptMessage } from './messages.ts'

const isOn = Symbol.for('@obsidianlaunch/events:debug')

/** Prints a line for each attempt of this process on standard error where `EVENT_TRACKING_DEBUG` asks for it. */
export function debugIfAsked(): void {
  const globals = globalThis as { [isOn]?: boolean }
  const asked = readEnvironment('EVENT_TRACKING_DEBUG')?.trim().toLowerCase()
  if (asked === undefined || ['', '0', 'false'].includes(asked) || globals[isOn]) return
  // A program may load this module several times.
  globals[isOn] = true
  channels.attempt?.asyncEnd.subscribe((message) => {
    const line = `${new Date().toISOString()} ${lineOf(message as AttemptMessage)}`
    // oxlint-disable-next-line no-console -- standard error, wherever that is
    ask(() => console.error(line))
  })
}

/** An attempt in one line, for a person. */
export function lineOf({ event, attempt, status, cause, durationMs = 0, next, retryInMs = 0 }: AttemptMessage): string {
  const what = `${event.operation} ${short(event.id)} of ${short(event.customerId)}, attempt ${attempt}`
  const took = `after ${Math.round(durationMs)} ms`
  const result = status === undefined ? `failed ${took}: ${short(cause ?? 'no answer')}` : `${status} ${took}`
  return shown(`${what}: ${result}; ${inWords[next ?? 'released'](retryInMs)}`)
}

const inWords: Record<NonNullable<AttemptMessage['next']>, (retryInMs: number) => string> = {
  delivered: () => 'delivered',
  retry: (ms) => `again in ${seconds(ms)}`,
  refused: (ms) => `kept, again in ${seconds(ms)}: the token, the address or a proxy is at fault`,
  dead: () => 'now a dead letter',
  rejected: () => 'given up',
  released: () => 'cut short',
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

const longest = 200

/** Ids and causes may be as long as somebody likes. */
function short(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
