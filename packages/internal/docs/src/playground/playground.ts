/** The page where you break it: the real tracker in a tab of its own, an API in this page, and switches between them. */
import { PageApi } from './api.ts'
import { type FaultName, faultNames, Faults } from './faults.ts'
import { TabFrame } from './frame.ts'
import { Network } from './network.ts'
import type { News } from './news.ts'
import { isMoving, type Picture } from './picture.ts'
import { customers, type Tab, type TabHost } from './protocol.ts'
import { StoredLanes } from './stored.ts'
import { part, show } from './view/element.ts'
import { showLanes } from './view/lanes.ts'
import { showLists } from './view/lists.ts'
import { showTracker, totalsOf } from './view/tracker.ts'

/** The pause between two looks while something moves. */
const lookMs = 150
/** The pause between two sentences for those who hear the page. */
const sayMs = 1_500

class Playground {
  readonly #root: HTMLElement
  readonly #faults = new Faults(() => this.#changed())
  readonly #api = new PageApi(this.#faults)
  readonly #network = new Network(this.#api, this.#faults, () => this.#changed())
  readonly #stored = new StoredLanes()
  readonly #frame: TabFrame
  readonly #news: News[] = []
  #tab: Tab | undefined
  #tabs = 0
  #numbers = 0
  #isLooking = false
  #isStale = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #saidAt = 0

  constructor(root: HTMLElement) {
    this.#root = root
    this.#frame = new TabFrame(root, root.dataset['tab'] ?? '')
    for (const customer of customers)
      part(root, `send-${customer}`).addEventListener('click', () => this.#send(customer))
    part(root, 'twenty').addEventListener('click', () => this.#sendTwenty())
    part(root, 'toggle').addEventListener('click', () => (this.#tab ? this.#close() : void this.#open()))
    for (const name of faultNames) {
      const input = switchOf(root, name)
      // A browser may have kept it from an earlier visit.
      input.checked = false
      input.addEventListener('change', () => this.#set(name, input.checked))
    }
    document.addEventListener('visibilitychange', () => this.#changed())
  }

  start(): void {
    void this.#open()
  }

  async #open(): Promise<void> {
    const number = ++this.#tabs
    this.#label(false, 'Opening …')
    try {
      const tab = await this.#frame.open(this.#host(number))
      await this.#seed()
      this.#tab = tab
    } catch {
      // The frame could not be loaded.
      return this.#close()
    }
    this.#label(true, 'Close the tab')
    // Failures are shown as they are: the counts, and the outbox that stays empty.
    await this.#tab.start().catch(() => undefined)
    this.#changed()
  }

  #close(): void {
    this.#frame.close()
    this.#network.closed(this.#tabs)
    this.#tab = undefined
    this.#label(false, 'Open it again')
    this.#changed()
  }

  #host(tab: number): TabHost {
    const told = (news: News): void => {
      this.#news.unshift(news)
      this.#changed()
    }
    return {
      send: (request) => this.#network.send(request, tab),
      delivered: (receipt, about) => told({ receipt, about, number: this.#network.numberOf(about.id) }),
      failed: (error, about) => told({ error, about, number: this.#network.numberOf(about.id) }),
    }
  }

  /** Takes over what an earlier visit has left: the numbers of its events, and their attempts. */
  async #seed(): Promise<void> {
    for (const { events, attempts } of await this.#stored.read()) {
      for (const { number } of events) this.#numbers = Math.max(this.#numbers, number)
      if (events[0] !== undefined) this.#network.seed(events[0].id, attempts)
    }
  }

  #send(customer: string): void {
    this.#tab?.track(customer, ++this.#numbers)
    this.#changed()
  }

  #sendTwenty(): void {
    for (let at = 0; at < 20; at++) this.#send(customers[at % customers.length] as string)
  }

  #set(name: FaultName, isOn: boolean): void {
    this.#faults.set(name, isOn)
    if (name === 'offline' && !isOn) this.#frame.tellOnline()
  }

  #label(isOpen: boolean, text: string): void {
    show(part(this.#root, 'toggle'), [text])
    this.#root.dataset['state'] = isOpen ? 'open' : 'closed'
    for (const name of ['twenty', ...customers.map((customer) => `send-${customer}`)]) {
      part(this.#root, name).toggleAttribute('disabled', !isOpen)
    }
  }

  /** Something has changed, or may have: looks again, and goes on looking while something moves. */
  #changed(): void {
    this.#isStale = true
    if (!this.#isLooking) void this.#look()
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    clearTimeout(this.#timer)
    let picture = await this.#picture()
    while (this.#isStale) {
      this.#isStale = false
      picture = await this.#picture()
    }
    this.#show(picture)
    this.#isLooking = false
    if (isMoving(picture) && !document.hidden) this.#timer = setTimeout(() => this.#changed(), lookMs)
  }

  async #picture(): Promise<Picture> {
    const lanes = await this.#stored.read()
    const tab = this.#tab
    const { attempts, inFlight } = this.#network
    const tracker = tab && { stats: tab.stats(), status: tab.status() }
    return { tracker, lanes, attempts, inFlight, news: this.#news, api: this.#api }
  }

  #show(picture: Picture): void {
    showLanes(this.#root, picture)
    showTracker(this.#root, picture)
    showLists(this.#root, picture)
    for (const name of faultNames) switchOf(this.#root, name).checked = this.#faults.isOn(name)
    this.#say(totalsOf(picture.tracker?.stats), isMoving(picture))
  }

  /** Says the totals: not each number that passes, but the one at which it comes to rest. */
  #say(text: string, isOnItsWay: boolean): void {
    if (isOnItsWay && performance.now() - this.#saidAt < sayMs) return
    this.#saidAt = performance.now()
    show(part(this.#root, 'totals'), [text])
  }
}

function switchOf(root: HTMLElement, name: FaultName): HTMLInputElement {
  return part(root, name) as HTMLInputElement
}

/** Starts the playground of this page. */
export function startPlayground(): void {
  const root = document.querySelector<HTMLElement>('.playground')
  if (root !== null) new Playground(root).start()
}
