import { h, setAll } from './dom.ts'

export interface WindowedListOptions {
  element: HTMLElement
  label: string
  /** Height in pixels, the same for all rows. */
  rowHeight: () => number
  /** Name of a row, which it keeps in any place. */
  key: (at: number) => string
  /** Index of the row with that key; -1 if it is gone. */
  find: (key: string) => number
  /** Changes when a row has to be drawn again. */
  stamp: (at: number) => string
  draw: (row: HTMLElement, at: number) => void
  onChoose: (at: number) => void
  /** Enter and Space lead into what is open; a click only shows it. */
  onOpen: (by: 'key' | 'click') => void
}

// Rows drawn beyond both edges, so that quick scrolling meets no blank.
const margin = 8

/** A list that draws only the rows near those in sight, and is a listbox to the keyboard and to screen readers. */
export class WindowedList {
  readonly #options: WindowedListOptions
  readonly #element: HTMLElement
  readonly #sheet = h('div', { class: 'sheet', role: 'presentation' })
  readonly #rows = new Map<string, { row: HTMLElement; stamp: string }>()
  #length = 0
  #chosen: string | undefined
  /** The row from which the keys move on: the chosen one, and the last that was while none is. */
  #active: string | undefined
  /** The row that stays where it is when others come and go above it. */
  #anchor: { key: string; offset: number } | undefined

  constructor(options: WindowedListOptions) {
    this.#options = options
    this.#element = options.element
    this.#element.append(this.#sheet)
    setAll(this.#element, { role: 'listbox', 'aria-label': options.label, tabindex: -1 })
    this.#element.addEventListener('scroll', () => {
      this.#holdOn()
      this.#paint()
    })
    this.#element.addEventListener('click', (event) => this.#clicked(event))
    this.#element.addEventListener('keydown', (event) => this.#pressed(event))
    new ResizeObserver(() => this.update(this.#length, this.#chosen)).observe(this.#element)
  }

  /** Number of rows above the first one in sight. */
  get above(): number {
    return Math.floor(this.#element.scrollTop / this.#options.rowHeight())
  }

  /** Shows so many rows; what a person looks at stays where it is. */
  update(length: number, chosen: string | undefined): void {
    // A list out of sight keeps its place for when it comes back.
    if (this.#element.clientHeight === 0 && length > 0) {
      this.#length = length
      this.#setChosen(chosen)
      return
    }
    const hadFocus = this.#sheet.contains(document.activeElement)
    const height = this.#options.rowHeight()
    this.#length = length
    this.#setChosen(chosen)
    this.#sheet.style.height = `${length * height}px`
    const at = this.#anchor === undefined ? -1 : this.#options.find(this.#anchor.key)
    if (at >= 0) this.#element.scrollTop = at * height + (this.#anchor?.offset ?? 0)
    this.#paint()
    this.#holdOn()
    if (hadFocus && length > 0 && !this.#sheet.contains(document.activeElement)) this.#focusRow(this.#current())
  }

  /** Puts the focus on the row that is or was chosen last, or on the first. */
  focus(): void {
    if (this.#length === 0) return
    this.#reveal(this.#current())
    this.#paint()
    this.#focusRow(this.#current())
  }

  move(by: number): void {
    const at = this.#activeAt()
    this.#choose(at < 0 ? 0 : at + by)
  }

  /** Scrolls to the row that is or was chosen last, if it is not in sight. */
  reveal(): void {
    if (this.#activeAt() < 0) return
    this.#reveal(this.#activeAt())
    this.#paint()
    this.#holdOn()
  }

  toTop(): void {
    this.#anchor = undefined
    this.#element.scrollTop = 0
    this.#paint()
  }

  #setChosen(chosen: string | undefined): void {
    this.#chosen = chosen
    this.#active = chosen ?? this.#active
  }

  #activeAt(): number {
    return this.#active === undefined ? -1 : this.#options.find(this.#active)
  }

  #current(): number {
    return Math.max(0, this.#activeAt())
  }

  #inSight(): { first: number; last: number } {
    const height = this.#options.rowHeight()
    return { first: this.above, last: this.above + Math.ceil(this.#element.clientHeight / height) }
  }

  #paint(): void {
    const { first, last } = this.#inSight()
    const wanted = new Map<string, number>()
    const want = (at: number) => wanted.set(this.#options.key(at), at)
    for (let at = Math.max(0, first - margin); at <= Math.min(this.#length - 1, last + margin); at += 1) want(at)
    // The row that has the focus is kept, however far away: else the focus would be lost.
    if (this.#length > 0) want(this.#current())
    for (const [key, { row }] of this.#rows) {
      if (wanted.has(key)) continue
      row.remove()
      this.#rows.delete(key)
    }
    // In the HTML rows stand in their order too, for a screen reader that reads from top to bottom.
    let next: HTMLElement | null = null
    for (const [key, at] of [...wanted].toSorted(([, one], [, other]) => other - one)) next = this.#place(key, at, next)
  }

  #place(key: string, at: number, next: HTMLElement | null): HTMLElement {
    const stamp = this.#options.stamp(at)
    const known = this.#rows.get(key)
    const row = known?.row ?? h('div', { class: 'row', role: 'option', id: `${this.#element.id}-${key}` })
    row.style.transform = `translateY(${at * this.#options.rowHeight()}px)`
    setAll(row, {
      'data-at': at,
      'aria-posinset': at + 1,
      'aria-setsize': this.#length,
      'aria-selected': key === this.#chosen ? 'true' : 'false',
      tabindex: at === this.#current() ? 0 : -1,
    })
    if (known?.stamp === stamp) return row
    this.#rows.set(key, { row, stamp })
    this.#options.draw(row, at)
    if (known === undefined) this.#sheet.insertBefore(row, next)
    return row
  }

  /** At the very top a person waits for the newest; elsewhere they look at what is there, at a focused row above all. */
  #holdOn(): void {
    const { first, last } = this.#inSight()
    const at = this.#activeAt()
    const isFocused = at > 0 && at >= first && at <= last && this.#sheet.contains(document.activeElement)
    const held = isFocused ? at : this.#element.scrollTop > 0 ? first : -1
    const isThere = held >= 0 && held < this.#length
    const offset = this.#element.scrollTop - held * this.#options.rowHeight()
    this.#anchor = isThere ? { key: this.#options.key(held), offset } : undefined
  }

  #choose(at: number): void {
    if (this.#length === 0) return
    const to = Math.min(this.#length - 1, Math.max(0, at))
    this.#setChosen(this.#options.key(to))
    this.#reveal(to)
    this.#paint()
    this.#focusRow(to)
    this.#holdOn()
    this.#options.onChoose(to)
  }

  #reveal(at: number): void {
    const height = this.#options.rowHeight()
    const { scrollTop, clientHeight } = this.#element
    const lowest = (at + 1) * height - clientHeight
    this.#element.scrollTop = Math.max(lowest, Math.min(scrollTop, at * height))
  }

  #focusRow(at: number): void {
    this.#rows.get(this.#options.key(at))?.row.focus({ preventScroll: true })
  }

  #clicked({ target }: MouseEvent): void {
    const row = target instanceof Element ? target.closest('.row') : null
    if (row === null) return
    this.#choose(Number(row.getAttribute('data-at')))
    this.#options.onOpen('click')
  }

  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const to = this.#goal(event.key)
    if (to !== undefined) this.#choose(to)
    else if (event.key === 'Enter' || event.key === ' ') this.#open()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #open(): void {
    this.#choose(this.#current())
    if (this.#length > 0) this.#options.onOpen('key')
  }

  #goal(pressed: string): number | undefined {
    const page = Math.max(1, Math.floor(this.#element.clientHeight / this.#options.rowHeight()) - 1)
    const at = this.#activeAt()
    const goals: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: Math.max(0, at) + page,
      PageUp: at - page,
      Home: 0,
      End: this.#length - 1,
    }
    return goals[pressed]
  }
}
