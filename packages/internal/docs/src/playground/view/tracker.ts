import type { GateStatus, TrackerStats } from '@obsidianlaunch/events'
import type { Picture } from '../picture.ts'
import { make, part, plural, seconds, show } from './element.ts'

const counts = ['accepted', 'delivered', 'rejected', 'dropped', 'dead', 'pending'] as const

/** Shows the gate and the counts of the tracker, or that there is none. */
export function showTracker(root: HTMLElement, { tracker, api }: Picture): void {
  const gate = part(root, 'gate')
  gate.dataset['state'] = tracker?.status.gate.state ?? 'gone'
  show(gate, tracker === undefined ? ['No tab is open. The outbox keeps what waits.'] : gateOf(tracker.status.gate))
  for (const name of counts) show(part(root, `count-${name}`), [String(tracker?.stats[name] ?? '–')])
  show(part(root, 'api'), [arrivals(api)])
}

function gateOf({ state, reason, status, opensInMs }: GateStatus): (HTMLElement | string)[] {
  const name = make('strong', '', state)
  if (state === 'open') return [name]
  const why = `${reason ?? ''}${status === undefined ? '' : ` (${status})`}`
  const until = opensInMs === undefined ? 'a probe is on its way' : `a probe goes in ${seconds(opensInMs)}`
  return [name, ` ${why}; ${until}`]
}

function arrivals({ events, repeated }: Picture['api']): string {
  if (events === 0) return 'The API has no event yet.'
  const repeats = repeated === 0 ? 'each of them once' : `${repeated} of them more than once, under the same id`
  return `The API has ${plural(events, 'event')}, ${repeats}.`
}

/** The counts in one sentence, for those who hear the page. */
export function totalsOf(stats: TrackerStats | undefined): string {
  if (stats === undefined) return 'The tab is closed.'
  return counts.map((name) => `${stats[name]} ${name}`).join(', ')
}
