import { byId, fill, foreign, h } from '@obsidianlaunch/page/dom'
import { count, plain, timeOf } from '@obsidianlaunch/page/text'
import type { State } from '../../wire.ts'
import { lengthOf } from '../format/length.ts'
import { troubleOf } from '../format/trouble.ts'
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
    drawTrouble(state, store.hello?.isShared === true)
    drawTotals(store, state)
    draw(store.samples)
    const last = store.samples.at(-1)
    byId('rate-in', HTMLElement).textContent = plain(last?.accepted ?? 0)
    byId('rate-out', HTMLElement).textContent = plain(last?.delivered ?? 0)
  }
}

function drawGate({ status: { gate, state, outbox } }: State): void {
  // It sends nothing that it cannot read, and one message is enough.
  byId('gate', HTMLElement).hidden = outbox.trouble !== undefined && gate.state === 'open' && state === 'open'
  const isUnopened = outbox.state === 'unopened' || outbox.state === 'opening'
  const title = lives[state] || (isUnopened ? 'Not started. ' : gates[gate.state])
  const since = gate.since === undefined ? '' : `since ${clockOf(gate.since)}`
  const status = gate.status === undefined ? '' : `last answer ${gate.status}`
  const next = gate.opensInMs === undefined ? '' : `next attempt in ${lengthOf(gate.opensInMs)}`
  const facts = [since, gate.reason ?? '', status, next].filter((text) => text !== '')
  drawState('gate', state === 'open' && !isUnopened ? gate.state : 'unknown', title, facts.join(' · '))
}

function drawTrouble({ status: { outbox } }: State, isShared: boolean): void {
  const { trouble } = outbox
  byId('trouble', HTMLElement).hidden = trouble === undefined
  if (trouble === undefined) return
  const facts = `last failed at ${clockOf(trouble.at)} · ${trouble.message}`
  drawState('trouble', 'refused', troubleOf(trouble, isShared), facts)
}

function clockOf(at: number): string {
  return timeOf(new Date(at).toISOString()).slice(0, 8)
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

/** A figure: its name, the number of it, whose it is, and what a pointer tells of it. */
type Figure = readonly [name: string, value: string, whose: string, title: string | undefined]

function drawTotals(store: Store, { at, stats, status, requests }: State): void {
  const { lanes, pending, dead, hello } = store
  const oldest = lanes.lanes[0]?.oldestAt
  const age = oldest === undefined ? '–' : lengthOf(Math.max(0, at - oldest))
  const refused = Object.values(requests.refused).reduce((sum, one) => sum + one, 0)
  const reasons = Object.entries(requests.refused).map(([reason, amount]) => `${reason}: ${plain(amount)}`)
  const [ofAll, ofThis] = hello?.isShared === true ? ['of all', 'of this relay'] : ['', '']
  const much = (name: string, amount: number | undefined, whose: string): Figure =>
    amount === undefined ? [name, '–', whose, 'not known now'] : [name, short(amount), whose, plain(amount)]
  const figures: readonly Figure[] = [
    much('Pending', pending, ofAll),
    ['Oldest', age, ofAll, undefined],
    much('Dead', dead, ofAll),
    much('In flight', status.inFlight, ofThis),
    much('Accepted', stats.accepted, ofThis),
    much('Delivered', stats.delivered, ofThis),
    much('Rejected', stats.rejected, ofThis),
    much('Dropped', stats.dropped, ofThis),
    ['Refused', short(refused), ofThis, [`${count(refused, 'request')} refused by the relay`, ...reasons].join(', ')],
  ]
  fill(
    byId('totals', HTMLElement),
    ...figures.map(([name, value, whose, title]) => {
      const owner = whose !== '' && h('span', { class: 'whose' }, whose)
      return h('div', { title }, h('dt', {}, name, owner), h('dd', {}, value))
    }),
  )
}
