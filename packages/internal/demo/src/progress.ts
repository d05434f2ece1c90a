import { count, type Screen } from './screen.ts'
import type { Sending } from './send.ts'
import type { Wire } from './wire.ts'

const widestBar = 30
const narrowestBar = 8

/** Shows how far the file is: one line rewritten in a terminal, else a line at each quarter. @returns its end */
export function showProgress(screen: Screen, sending: Sending, wire: Wire): () => void {
  let quarter = 0
  const tick = () => {
    wire.update()
    if (screen.live) return screen.rewrite(progressLine(screen, sending, wire))
    const reached = Math.floor((4 * sending.settled) / sending.file.lines)
    if (reached > quarter && reached < 4) screen.print(`  ${progressText(sending, wire)}`)
    quarter = Math.max(quarter, reached)
  }
  const timer = setInterval(tick, 100)
  return () => {
    clearInterval(timer)
    wire.update()
    screen.clear()
  }
}

function progressLine(screen: Screen, sending: Sending, wire: Wire): string {
  const text = progressText(sending, wire)
  // One column stays free, since some terminals break a line that fills the last one.
  const width = Math.min(widestBar, screen.columns - text.length - 4)
  if (width < narrowestBar) return ` ${text}`.slice(0, screen.columns - 1)
  const full = Math.round((width * sending.settled) / sending.file.lines)
  return `  ${screen.tone('cyan', '━'.repeat(full))}${screen.tone('dim', '─'.repeat(width - full))} ${text}`
}

function progressText(sending: Sending, wire: Wire): string {
  const { settled, file } = sending
  const percent = `${Math.floor((100 * settled) / file.lines)}%`.padStart(4)
  const faults = `503 ×${count(wire.answered(503))}  429 ×${count(wire.answered(429))}`
  return `${percent}  ${count(settled).padStart(count(file.lines).length)} lines  ${faults}`
}
