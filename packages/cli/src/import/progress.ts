import type { Screen } from '../terminal/screen.ts'
import { count } from '../terminal/text.ts'
import { finishedIn } from './journal.ts'
import type { Sending } from './sending.ts'

const widestBar = 30
const narrowestBar = 8
/** Period over which the rate is taken, so that a pause shows, and passes. */
const rateMs = 10_000

interface Moment {
  at: number
  lines: number
  bytes: number
}

/** Shows how far a file is: one line rewritten in a terminal, else a line every few seconds. @returns its end */
export function showProgress(screen: Screen, sending: Sending): () => void {
  const moments: Moment[] = []
  const tick = () => {
    moments.push(momentOf(sending))
    while (moments.length > 2 && (moments.at(-1)?.at ?? 0) - (moments[0]?.at ?? 0) > rateMs) moments.shift()
    if (screen.live) screen.rewrite(liveLine(screen, sending, moments))
    else screen.print(textOf(sending, moments))
  }
  moments.push(momentOf(sending))
  const timer = setInterval(tick, screen.live ? 100 : 5_000)
  return () => {
    clearInterval(timer)
    screen.clear()
  }
}

function momentOf({ counts, finishedBytes }: Sending): Moment {
  return { at: performance.now(), lines: finishedIn(counts), bytes: finishedBytes }
}

function liveLine(screen: Screen, sending: Sending, moments: readonly Moment[]): string {
  const text = textOf(sending, moments)
  // One column stays free, since some terminals break a line that fills the last one.
  const width = Math.min(widestBar, screen.columns - text.length - 3)
  const share = shareOf(sending)
  if (share === undefined || width < narrowestBar) return text.slice(0, screen.columns - 1)
  const full = Math.round(width * share)
  return ` ${screen.tone('cyan', '━'.repeat(full))}${screen.tone('dim', '─'.repeat(width - full))} ${text}`
}

function textOf(sending: Sending, moments: readonly Moment[]): string {
  const [first, last] = [moments[0], moments.at(-1)]
  if (first === undefined || last === undefined) return ''
  const seconds = Math.max(0.001, (last.at - first.at) / 1_000)
  const perSecond = Math.round((last.lines - first.lines) / seconds)
  const parts = [`${count(last.lines)} lines`, `${count(perSecond)}/s`]
  const share = shareOf(sending)
  if (share === undefined) return parts.join('  ')
  const size = sending.source.file?.stats.size ?? 0
  const left = ((size - last.bytes) * seconds) / (last.bytes - first.bytes)
  const rest = left >= 0 && left < 360_000 ? [`${timeOf(left)} left`] : []
  return [`${Math.floor(100 * share)}%`.padStart(4), ...parts, ...rest].join('  ')
}

/** Share of the file that is done, if its size is known. */
function shareOf({ source, finishedBytes }: Sending): number | undefined {
  const size = source.file?.stats.size
  return size === undefined ? undefined : Math.min(1, finishedBytes / Math.max(1, size))
}

/** `7 s`, `12 min`, `3 h`. */
function timeOf(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  return seconds < 6_000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`
}
