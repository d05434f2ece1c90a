import type { Tab, TabHost, TabWindow } from './protocol.ts'

/** The frame that stands for a tab. Taking it away ends its document as closing a tab does: nothing in it can say goodbye. */
export class TabFrame {
  readonly #place: HTMLElement
  readonly #address: string
  #frame: HTMLIFrameElement | undefined

  constructor(place: HTMLElement, address: string) {
    this.#place = place
    this.#address = address
  }

  async open(host: TabHost): Promise<Tab> {
    const frame = document.createElement('iframe')
    frame.title = 'The tab with the tracker'
    frame.hidden = true
    frame.tabIndex = -1
    frame.src = this.#address
    this.#frame = frame
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    this.#place.append(frame)
    await loaded
    return (frame.contentWindow as unknown as TabWindow).openTab(host)
  }

  close(): void {
    this.#frame?.remove()
    this.#frame = undefined
  }

  /** Tells the tab that the network is back, as a browser does. */
  tellOnline(): void {
    this.#frame?.contentWindow?.dispatchEvent(new Event('online'))
  }
}
