import { type Delivery, EventTracker } from '@obsidianlaunch/events'
import { indexedDbOutbox } from '@obsidianlaunch/events/indexeddb'
import { identityOf, signIn } from './identity.ts'
import { Row } from './row.ts'
import type { PageSettings } from './settings.ts'

const settings = JSON.parse(element('settings').textContent) as PageSettings

const tracker = new EventTracker({
  baseUrl: settings.relay,
  authorization: settings.key ?? identityOf,
  outbox: settings.isDurable === true ? indexedDbOutbox('events') : undefined,
  ...settings.tracker,
})

/** This load of the page, so that its clicks can be told from those of another. */
const visit = crypto.randomUUID().slice(0, 8)
let clicks = 0

// Goes on with what an earlier visit has left.
tracker.start().then(count, count)

element('identify').addEventListener('click', async () => {
  const customer = customerId()
  if (settings.key === undefined) await signIn(customer)
  const click = ++clicks
  show(click, 'identify', customer, tracker.identifyCustomer(customer, { properties: { visit, click } }))
})

element('track').addEventListener('click', () => {
  const customer = customerId()
  const click = ++clicks
  const property = { visit, click }
  show(click, 'button_click', customer, tracker.trackEvent(customer, 'button_click', { property }))
})

/** Shows an event, and what becomes of it. */
function show(click: number, name: string, customer: string, delivery: Delivery): void {
  const row = new Row(click, name, customer, delivery.id)
  element('events').prepend(row.element)
  if (settings.isDurable === true) {
    delivery.stored.then(
      () => row.stored(),
      () => undefined,
    )
  }
  delivery
    .then(
      () => row.delivered(),
      (error: unknown) => row.failed(error),
    )
    .finally(count)
  count()
}

function count(): void {
  const { delivered, rejected, dropped, pending } = tracker.stats()
  element('counts').textContent = `${delivered} delivered, ${pending} pending, ${rejected + dropped} refused`
}

function customerId(): string {
  return (element('customer') as HTMLInputElement).value.trim()
}

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement
}
