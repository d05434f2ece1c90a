import type { FaultOrder, WireFault } from '../../wire.ts'
import { count, cut } from '@obsidianlaunch/page/text'
import { api } from '../store/api.ts'
import { type FaultForm, faultChoices, faultOrder, presets } from '../store/fault-form.ts'
import type { Store } from '../store/store.ts'
import { say } from '@obsidianlaunch/page/clipboard'
import { byId, button, foreign, fill, h } from '@obsidianlaunch/page/dom'

/** The form that switches faults on, and the bar of those that are. */
export function createFaultsPanel(store: Store): () => void {
  const form = byId('fault-form', HTMLFormElement)
  const what = byId('fault-what', HTMLSelectElement)
  const complaint = byId('fault-complaint', HTMLElement)
  const acting = byId('acting', HTMLElement)
  what.append(...faultChoices.map(({ value, label }) => h('option', { value }, label)))
  what.addEventListener('change', () => showFields(form, what.value))
  showFields(form, what.value)
  const switchOn = (order: FaultOrder | string) => {
    complaint.textContent = typeof order === 'string' ? order : ''
    if (typeof order === 'string') return
    api.switchOn(order).catch((error: Error) => {
      complaint.textContent = error.message
    })
  }
  byId('fault-presets', HTMLElement).append(
    ...presets.map(({ label, title, order }) => button(label, () => switchOn(order), { title })),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    switchOn(faultOrder(Object.fromEntries(new FormData(form)) as FaultForm))
  })
  let drawn: readonly WireFault[] | undefined
  return () => {
    if (drawn === store.faults) return
    drawn = store.faults
    drawActing(acting, store.faults)
  }
}

/** Shows the fields that the chosen fault has, and hides the others. */
function showFields(form: HTMLFormElement, what: string): void {
  const fields: readonly string[] = faultChoices.find(({ value }) => value === what)?.fields ?? []
  for (const label of form.querySelectorAll<HTMLElement>('[data-for]')) {
    label.hidden = !fields.includes(label.dataset['for'] ?? '')
  }
}

function drawActing(acting: HTMLElement, faults: readonly WireFault[]): void {
  const focused = acting.contains(document.activeElement) ? document.activeElement?.getAttribute('data-id') : undefined
  acting.hidden = faults.length === 0
  const chips = faults.map((fault, at) =>
    h('li', { 'data-waits': faults.findIndex((other) => isSame(other, fault)) < at }, ...chip(fault)),
  )
  fill(
    acting,
    h('span', { class: 'label' }, h('span', { class: 'shape' }), 'Failing on purpose'),
    h('ul', {}, chips),
    faults.length > 1 && button('All off', () => void api.switchAllOff().catch(complain), { class: 'quiet' }),
  )
  if (focused !== undefined) acting.querySelector<HTMLElement>(`[data-id="${focused}"]`)?.focus()
}

function chip({ id, text, filter, left }: WireFault): Node[] {
  const whom = Object.entries(filter).map(([name, value], at) =>
    h('span', {}, `${at === 0 ? '' : ','} ${name} `, foreign(cut(String(value), 60))),
  )
  return [
    h('span', {}, h('strong', {}, text), whom.length === 0 ? ' for all' : ' for', ...whom),
    h('span', { class: 'left' }, left === null ? 'until off' : `${count(left, 'time')} left`),
    button('Switch off', () => void api.switchOff(id).catch(complain), {
      'data-id': id,
      'aria-label': `Switch off ${text}`,
    }),
  ]
}

/** Tells faults for the same requests, which are played one after the other. */
function isSame(one: WireFault, other: WireFault): boolean {
  return JSON.stringify(one.filter) === JSON.stringify(other.filter)
}

function complain(error: Error): void {
  say(error.message)
}
