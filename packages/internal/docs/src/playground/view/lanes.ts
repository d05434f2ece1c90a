import type { Picture } from '../picture.ts'
import type { StoredLane } from '../stored.ts'
import { make, part, plural, seconds, show } from './element.ts'

/** More events than this are counted and not drawn. */
const mostDrawn = 6

/** Shows what the outbox holds for each customer. */
export function showLanes(root: HTMLElement, { tracker, lanes, inFlight }: Picture): void {
  const waiting = lanes.reduce((sum, { events }) => sum + events.length, 0)
  show(part(root, 'stored'), [waiting === 0 ? 'empty' : plural(waiting, 'event')])
  for (const lane of lanes) {
    const element = part(root, `lane-${lane.customerId}`)
    show(part(element, 'lane-state'), [tracker ? stateOf(lane, inFlight) : keptOf(lane)])
    show(part(element, 'lane-events'), eventsOf(lane, inFlight))
  }
}

function stateOf({ events: [head], attempts, due }: StoredLane, inFlight: ReadonlySet<string>): string {
  if (head === undefined) return 'nothing waits'
  if (inFlight.has(head.id)) return `#${head.number} in flight`
  if (attempts === 0) return `#${head.number} not tried yet`
  const waitsMs = (due ?? 0) - Date.now()
  return `#${head.number} failed ${plural(attempts, 'time')}, ${waitsMs > 0 ? `again in ${seconds(waitsMs)}` : 'due'}`
}

/** A lane while there is no tab: nobody tries its events. */
function keptOf({ events }: StoredLane): string {
  return events.length === 0 ? 'nothing waits' : `${plural(events.length, 'event')} kept`
}

function eventsOf({ events }: StoredLane, inFlight: ReadonlySet<string>): HTMLElement[] {
  const drawn = events.slice(0, mostDrawn).map(({ id, number }) => {
    return make('li', inFlight.has(id) ? 'pg-event pg-in-flight' : 'pg-event', `#${number}`)
  })
  const more = events.length - drawn.length
  return more > 0 ? [...drawn, make('li', 'pg-more', `and ${more} more`)] : drawn
}
