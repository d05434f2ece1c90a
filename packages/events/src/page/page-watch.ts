/** The parts of a tracker that are told what happens to its page. */
export interface PageListener {
  /** It goes, or may go without another word: it was hidden, or left. */
  leaves(): void
  /** It is looked at again. */
  returns(): void
  /** The network may be back. */
  isOnline(): void
}

let isLeft: boolean | undefined

/**
 * Tells whether the page is being left. A tracker that was idle then has not heard of that, and code that is told that the
 * page is hidden is told after it. It listens from the first call, for all trackers, and holds none of them.
 */
export function isPageLeft(): boolean {
  if (isLeft === undefined) {
    isLeft = false
    page.addEventListener('pagehide', () => (isLeft = true), true)
    page.addEventListener('pageshow', () => (isLeft = false), true)
  }
  return isLeft
}

/**
 * Listens to the page while events are pending, and no longer: a tracker that is idle may be collected. Of all that tells of
 * the end of a page these two are what mobile browsers send, and neither keeps a page out of the back/forward cache.
 */
export class PageWatch {
  readonly #listener: PageListener
  #isWatching = false
  /** Hidden, and about to tell. */
  #isLeaving = false

  constructor(listener: PageListener) {
    this.#listener = listener
  }

  /** An event was tracked. */
  watch(): void {
    // Code that tracks as the page goes may hear of that after the tracker did.
    if (page.document.visibilityState === 'hidden' && !this.#isLeaving) {
      this.#isLeaving = true
      queueMicrotask(this.#leaves)
    }
    if (this.#isWatching) return
    this.#isWatching = true
    for (const [type, target, listener] of this.#listeners()) target.addEventListener(type, listener)
  }

  /** Nothing is pending. */
  rest(): void {
    if (!this.#isWatching) return
    this.#isWatching = false
    for (const [type, target, listener] of this.#listeners()) target.removeEventListener(type, listener)
  }

  #listeners(): [type: string, target: Target, listener: () => void][] {
    return [
      ['visibilitychange', page.document, this.#changed],
      ['pagehide', page, this.#leaves],
      ['pageshow', page, this.#returns],
      ['online', page, this.#online],
    ]
  }

  readonly #changed = (): void => (page.document.visibilityState === 'hidden' ? this.#leaves() : this.#returns())
  readonly #leaves = (): void => {
    this.#isLeaving = false
    this.#listener.leaves()
  }
  readonly #returns = (): void => this.#listener.returns()
  readonly #online = (): void => this.#listener.isOnline()
}

interface Target {
  addEventListener(type: string, listener: () => void, isFirst?: boolean): void
  removeEventListener(type: string, listener: () => void): void
}

const page = globalThis as unknown as Target & { readonly document: Target & { readonly visibilityState: string } }
