import { ApiError, EventTrackingError } from '@obsidianlaunch/events'

/**
 * | state     | the user is told                             | next                         |
 * |-----------|----------------------------------------------|------------------------------|
 * | queued    | that the event is in the memory of this page | stored, delivered or refused |
 * | stored    | that it is on the disk of this browser       | delivered or refused         |
 * | delivered | that the relay has stored it                 |                              |
 * | refused   | why it will not be sent                      |                              |
 */
type State = 'queued' | 'stored' | 'delivered' | 'refused'

const labels: Record<State, string> = {
  queued: 'Queued',
  stored: 'Stored in this browser',
  delivered: 'Stored at the relay',
  refused: 'Refused',
}

/** One event in the list of the page. */
export class Row {
  readonly element: HTMLElement

  constructor(number: number, name: string, customerId: string, id: string) {
    const template = document.getElementById('row') as HTMLTemplateElement
    this.element = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement
    Object.assign(this.element.dataset, { id, customer: customerId })
    this.#write('number', String(number))
    this.#write('name', name)
    this.#write('customer', customerId)
    this.#write('id', id)
    this.#show('queued')
  }

  /** The event is on the disk of this browser. */
  stored(): void {
    if (this.element.dataset['state'] === 'queued') this.#show('stored')
  }

  delivered(): void {
    this.#show('delivered')
  }

  failed(error: unknown): void {
    this.#show(error instanceof EventTrackingError && error.kept ? 'stored' : 'refused', reasonOf(error))
  }

  #show(state: State, reason = ''): void {
    this.#write('state', labels[state])
    this.#write('reason', reason)
    this.element.dataset['state'] = state
  }

  #write(className: string, text: string): void {
    const field = this.element.querySelector(`.${className}`)
    if (field !== null) field.textContent = text
  }
}

/** A relay says in its problem document what was wrong. @see https://www.rfc-editor.org/rfc/rfc9457 */
function reasonOf(error: unknown): string {
  const { detail } = ((error instanceof ApiError && error.body) || {}) as { detail?: unknown }
  if (typeof detail === 'string') return detail
  if (error instanceof EventTrackingError) return error.text
  return error instanceof Error ? error.message : String(error)
}
