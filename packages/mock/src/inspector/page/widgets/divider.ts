import { byId } from '@obsidianlaunch/page/dom'
import { remember, remembered } from '@obsidianlaunch/page/preferences'

const least = 340
// What is left to the list, however wide the details are.
const leastList = 380
const step = 24

/** Lets a person choose the width of the details, by hand or with the arrow keys; a double click takes the choice back. */
export function createDivider(): void {
  const divider = byId('divider', HTMLElement)
  const detail = byId('detail', HTMLElement)
  const events = byId('events', HTMLElement)
  const set = (width: number | undefined) => {
    if (width === undefined) document.documentElement.style.removeProperty('--detail')
    else document.documentElement.style.setProperty('--detail', `${width}px`)
    remember('detail-width', width === undefined ? '' : String(width))
    tell()
  }
  const tell = () => {
    divider.setAttribute('aria-valuenow', String(Math.round(detail.clientWidth)))
    divider.setAttribute('aria-valuemin', String(least))
    divider.setAttribute('aria-valuemax', String(most()))
  }
  const most = () => Math.max(least, detail.clientWidth + events.clientWidth - leastList)
  const within = (width: number) => Math.round(Math.min(most(), Math.max(least, width)))
  const kept = Number(remembered('detail-width'))
  if (kept > 0) set(kept)
  divider.addEventListener('pointerdown', (event) => {
    event.preventDefault()
    divider.setPointerCapture(event.pointerId)
    const from = event.clientX
    const width = detail.clientWidth
    const move = ({ clientX }: PointerEvent) => set(within(width + from - clientX))
    divider.addEventListener('pointermove', move)
    divider.addEventListener('lostpointercapture', () => divider.removeEventListener('pointermove', move), {
      once: true,
    })
  })
  divider.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: step, ArrowRight: -step }[event.key]
    if (by === undefined) return
    event.preventDefault()
    set(within(detail.clientWidth + by))
  })
  divider.addEventListener('dblclick', () => set(undefined))
  new ResizeObserver(tell).observe(detail)
}
