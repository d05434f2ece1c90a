import { byId, fill, foreign, h } from '@obsidianlaunch/page/dom'
import { count, plain, timeOf } from '@obsidianlaunch/page/text'
import type { State } from '../../wire.ts'
import { lengthOf } from '../format/length.ts'
import type { Connection, Store } from '../store/store.ts'
import { createChart } from '../widgets/chart.ts'

const words: Record<Connection, string> = { connecting: 'Connecting', live: 'Live', lost: 'Lost, trying again' }
const gates = {
  open: 'Sending',
  closed: 'Sending pauses',
  refused: 'Sending pauses',
  probing: 'Sending pauses, one event is on its way to see',
} as const
const lives = { open: '', closing: 'The relay is shutting down. ', closed: 'The relay was shut down. ' } as const

/** The state of the whole: the connection, the gate, the outbox, the totals and the rate. */
export function createOverview(store: Store): () => void {
  const connection = byId('connection', HTMLElement)
  const environment = byId('environment', HTMLElement)
  const draw = createChart(byId('chart', HTMLElement))
  return () => {
    connection.dataset['state'] = store.connection
    connection.querySelector('.words')?.replaceChildren(words[store.connection])
    environment.hidden = store.hello === undefined
    environment.textContent = store.hello?.environment ?? ''
    const { state } = store
    if (state === undefined) return
    drawGate(state)
    drawTrouble(state)
    drawTotals(store, state)
    draw(store.samples)
    const last = store.samples.at(-1)
    byId('rate-in', HTMLElement).textContent = plain(last?.accepted ?? 0)
    byId('rate-out', HTMLElement).textContent = plain(last?.delivered ?? 0)
  }
}

function drawGate({ status: { gate, state, outbox } }: State): void {
  const isUnopened = outbox.state === 'unopened' || outbox.state === 'opening'
  const title = lives[state] || (isUnopened ? 'Not started. ' : gates[gate.state])
  const since = gate.since === undefined ? '' : `since ${timeOf(new Date(gate.since).toISOString()).slice(0, 8)}`
  const status = gate.status === undefined ? '' : `last answer ${gate.status}`
  const next = gate.opensInMs === undefined ? '' : `next attempt in ${lengthOf(gate.opensInMs)}`
  const facts = [since, gate.reason ?? '', status, next].filter((text) => text !== '')
  drawState('gate', state === 'open' && !isUnopened ? gate.state : 'unknown', title, facts.join(' · '))
}

function drawTrouble({ status: { outbox } }: State): void {
  const { trouble } = outbox
  byId('trouble', HTMLElement).hidden = trouble === undefined
  if (trouble !== undefined)
    drawState(
      'trouble',
      'refused',
      `The outbox fails${trouble.problem === undefined ? '' : `: ${trouble.problem}`}`,
      trouble.message,
    )
}

/** Drawn only where it says something else, so that a screen reader does not read the same again. */
function drawState(id: string, state: string, title: string, facts: string): void {
  const element = byId(id, HTMLElement)
  element.dataset['state'] = state
  const known = element.querySelector('.title')?.textContent
  if (known === title) element.querySelector('.facts')?.replaceChildren(foreign(facts))
  else {
    const parts = [
      h('strong', { class: 'title' }, title),
      h('span', { class: 'facts', 'aria-live': 'off' }, foreign(facts)),
    ]
    fill(element, h('span', { class: 'shape' }), h('span', {}, ...parts))
  }
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 })

/** A number that fits where there is little space: in full below a million. */
function short(amount: number): string {
  return amount < 1_000_000 ? plain(amount) : compact.format(amount)
}

function drawTotals({ lanes, pending = 0, dead = 0 }: Store, { at, stats, status, requests }: State): void {
  const oldest = lanes.lanes[0]?.oldestAt
  const refused = Object.values(requests.refused).reduce((sum, one) => sum + one, 0)
  const reasons = Object.entries(requests.refused).map(([reason, amount]) => `${reason}: ${plain(amount)}`)
  const much = (name: string, amount: number, whose = '') => [name, short(amount), `${plain(amount)}${whose}`] as const
  const [ofAll, ofThis] = lanes.totals ? [' in the outbox, of all that share it', ', by this relay'] : []
  const figures: readonly (readonly [name: string, value: string, title?: string | undefined])[] = [
    much('Pending', pending, ofAll),
    ['Oldest', oldest === undefined ? '–' : lengthOf(Math.max(0, at - oldest))],
    much('In flight', status.inFlight, ofThis),
    much('Dead', dead, ofAll),
    much('Accepted', stats.accepted, ofThis),
    much('Delivered', stats.delivered, ofThis),
    much('Rejected', stats.rejected, ofThis),
    much('Dropped', stats.dropped, ofThis),
    ['Refused', short(refused), [`${count(refused, 'request')} refused by the relay`, ...reasons].join(', ')],
  ]
  fill(
    byId('totals', HTMLElement),
    ...figures.map(([name, value, title]) => h('div', { title }, h('dt', {}, name), h('dd', {}, value))),
  )
}
