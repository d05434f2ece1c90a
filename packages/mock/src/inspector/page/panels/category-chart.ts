import { cut, inOneLine, plain } from '@obsidianlaunch/page/text'
import { type Category, categoriesOf } from '../store/categories.ts'
import type { Customer } from '../store/customers.ts'
import type { Store } from '../store/store.ts'
import { button, fill, foreign, h } from '@obsidianlaunch/page/dom'

const nameLength = 120
const shortName = 20
const noCategory = 'No category'
// Enough to compare at a glance; the others come when they are asked for.
const atFirst = 5
const most = 200

interface Bar {
  readonly item: HTMLElement
  readonly show: (category: Category, largest: number, isChosen: boolean) => void
}

export interface CategoryChart {
  readonly element: HTMLElement
  update: (customer: Customer | undefined) => void
}

/** The sum of a customer's calls by category: a list whose bars show their shares, and choose a category. */
export function createCategoryChart(store: Store): CategoryChart {
  const list = h('ul', { class: 'bars' })
  const more = button('', () => setWhole(!isWhole), { class: 'quiet' })
  const hint = h('p', { class: 'hint' }, `The ${most} most frequent are shown.`)
  const element = h('section', { class: 'chart' }, h('h4', {}, 'Calls by category'), list, more, hint)
  const bars = new Map<string, Bar>()
  let shownFor: Customer | undefined
  let isWhole = false
  const setWhole = (isNowWhole: boolean) => {
    isWhole = isNowWhole
    update(shownFor)
  }
  const update = (customer: Customer | undefined) => {
    if (customer?.id !== shownFor?.id) isWhole = false
    shownFor = customer
    const all = categoriesOf(customer?.categories ?? new Map())
    const hasMore = all.length > atFirst + 1
    const shown = all.slice(0, isWhole ? most : hasMore ? atFirst : all.length)
    // What is chosen is in sight, however rare.
    const chosen = all.find(({ name }) => name === store.filter.category)
    if (chosen !== undefined && !shown.includes(chosen)) shown.push(chosen)
    element.hidden = all.length === 0
    more.hidden = !hasMore
    hint.hidden = !isWhole || all.length <= most
    fill(more, isWhole ? 'Show fewer' : `Show all ${plain(all.length)}`)
    more.setAttribute('aria-expanded', String(isWhole))
    drawBars({ list, bars, shown, largest: all[0]?.count ?? 0, store })
  }
  return { element, update }
}

interface Drawing {
  readonly list: HTMLElement
  readonly bars: Map<string, Bar>
  readonly shown: readonly Category[]
  readonly largest: number
  readonly store: Store
}

/** Draws the bars anew in their places; what has the focus keeps it, wherever it goes. */
function drawBars({ list, bars, shown, largest, store }: Drawing): void {
  const focused = document.activeElement
  const hadFocus = focused instanceof HTMLElement && list.contains(focused)
  const names = new Set(shown.map(({ name }) => name))
  for (const [name, { item }] of bars) {
    if (names.has(name)) continue
    item.remove()
    bars.delete(name)
  }
  for (const [at, category] of shown.entries()) {
    const { name } = category
    const bar = bars.get(name) ?? barOf(name, store)
    bars.set(name, bar)
    bar.show(category, largest, store.filter.category === name)
    if (list.children[at] !== bar.item) list.insertBefore(bar.item, list.children[at] ?? null)
  }
  if (!hadFocus || focused === document.activeElement) return
  if (focused.isConnected) focused.focus()
  else list.querySelector('button')?.focus()
}

function barOf(name: string, store: Store): Bar {
  const shown = cut(name, nameLength)
  const amount = h('span', { class: 'amount' })
  const length = h('span', { class: 'bar-length' })
  const choose = () => store.narrow({ category: store.filter.category === name ? undefined : name })
  const label = [
    h('span', { class: 'category' }, name === '' ? noCategory : foreign(shown)),
    h('span', { class: 'unseen' }, ', '),
    amount,
    h('span', { class: 'bar-space', 'aria-hidden': 'true' }, length),
  ]
  // One that is there as a whole needs to be told only once.
  const title = name.length > shortName ? inOneLine(shown) : undefined
  const control = button(label, choose, { class: 'bar-button', title })
  return {
    item: h('li', {}, control),
    show: (category, largest, isChosen) => {
      fill(amount, plain(category.count), h('span', { class: 'unseen' }, category.count === 1 ? ' call' : ' calls'))
      length.style.width = `${(category.count / largest) * 100}%`
      control.setAttribute('aria-pressed', String(isChosen))
    },
  }
}
