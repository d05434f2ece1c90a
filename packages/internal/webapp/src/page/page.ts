import { type Delivery, EventTracker, EventTrackingError } from '@obsidianlaunch/events'
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

element('identify').addEventListener('click', () => {
  identify(customerId()).then(
    () => notify(''),
    (error: unknown) => notify(`Nobody is signed in: ${messageOf(error)}`),
  )
})

element('track').addEventListener('click', () => {
  const customer = customerId()
  const property = { visit, click: ++clicks }
  show(clicks, 'button_click', customer, tracker.trackEvent(customer, 'button_click', { property }))
})

// Goes on with what an earlier visit has left.
tracker.start().then(count, (error: unknown) => notify(messageOf(error)))

async function identify(customer: string): Promise<void> {
  if (settings.key === undefined) await signIn(customer)
  const properties = { visit, click: ++clicks }
  show(clicks, 'identify', customer, tracker.identifyCustomer(customer, { properties }))
}

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
  const { delivered, rejected, dropped, dead, pending } = tracker.stats()
  element('counts').textContent = `${delivered} delivered, ${pending} pending, ${rejected + dropped + dead} refused`
}

function customerId(): string {
  return (element('customer') as HTMLInputElement).value.trim()
}

function notify(text: string): void {
  element('notice').textContent = text
}

function messageOf(error: unknown): string {
  if (error instanceof EventTrackingError) return error.text
  return error instanceof Error ? error.message : String(error)
}

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement
}
