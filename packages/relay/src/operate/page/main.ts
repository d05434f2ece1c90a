import { byId, h } from '@obsidianlaunch/page/dom'
import { createKeyboard } from '@obsidianlaunch/page/keyboard'
import { count, plain } from '@obsidianlaunch/page/text'
import { createTheme } from '@obsidianlaunch/page/theme'
import { createDeeds } from './panels/deeds.ts'
import { createLaneList } from './panels/lane-list.ts'
import { createLetterList } from './panels/letter-list.ts'
import { createOverview } from './panels/overview.ts'
import { Letters } from './store/letters.ts'
import { type PaneName, Store } from './store/store.ts'
import { listen } from './store/stream.ts'

const store = new Store()
const letters = new Letters(store)
const deeds = createDeeds(store, letters)
const nextTheme = createTheme()
const lanes = createLaneList(store, deeds, () => store.widenLanes() && reconnect())
const dead = createLetterList(store, letters, deeds)
const tabs = createTabs()
const updates = [createOverview(store), lanes.update, dead.update, tabs, () => letters.update()]

/** The list that the keys move in: the one with the focus, or else the one that is seen. */
function current(): typeof lanes.list {
  return byId('letters', HTMLElement).contains(document.activeElement) || store.pane === 'letters'
    ? dead.list
    : lanes.list
}

function goTo(pane: PaneName): void {
  store.show(pane)
  // Drawn by then: a list that is hidden takes no focus.
  requestAnimationFrame(() => (pane === 'lanes' ? lanes : dead).list.focus())
}

function shown(amount: number | undefined): string {
  return amount === undefined ? '–' : plain(amount)
}

/** Buttons that choose a pane, where there is space for one. */
function createTabs(): () => void {
  const place = byId('tabs', HTMLElement)
  const made = (['lanes', 'letters'] as const).map((pane) => {
    const tab = h('button', { type: 'button', 'aria-controls': pane })
    tab.addEventListener('click', () => store.show(pane))
    return [pane, tab] as const
  })
  place.append(...made.map(([, tab]) => tab))
  return () => {
    document.documentElement.dataset['pane'] = store.pane
    const { pending, dead: letterCount } = store
    for (const [pane, tab] of made) {
      tab.setAttribute('aria-pressed', String(store.pane === pane))
      tab.textContent = pane === 'lanes' ? `Waiting (${shown(pending)})` : `Dead (${shown(letterCount)})`
    }
  }
}

function forgetOpen(): void {
  const isLetter = current() === dead.list
  const customerId = isLetter ? store.openLetter?.customerId : store.openLane?.customerId
  if (customerId !== undefined) void deeds.forget(customerId)
}

function replayChosen(): void {
  const open = store.openLetter
  void deeds.replay(store.picked.size > 0 ? [...store.picked] : open === undefined ? [] : [open.id])
}

/** Leaves what is innermost: the card for its list, then what is chosen. */
function escape(): void {
  const isInCard =
    document.activeElement?.closest('.card') !== null && document.activeElement?.closest('.card') !== undefined
  const list = current()
  if (isInCard) return list.focus()
  if (list === dead.list) store.open(undefined)
  else store.openCustomer(undefined)
}

createKeyboard(
  [
    { key: 'w', label: 'Waiting customers', run: () => goTo('lanes') },
    { key: 'd', label: 'Dead letters', run: () => goTo('letters') },
    { key: 'j', label: 'Next in the list', run: () => current().move(1) },
    { key: 'k', label: 'Previous in the list', run: () => current().move(-1) },
    {
      key: 'x',
      label: 'Choose the dead letter, or not',
      run: () => store.letter !== undefined && store.pick(store.letter),
    },
    { key: 'a', label: 'Choose all that are loaded, or none', run: () => store.pickAll() },
    { key: 'r', label: 'Replay what is chosen', run: replayChosen },
    { key: 'f', label: 'Forget the customer', run: forgetOpen },
    { key: 't', label: 'Theme', run: nextTheme },
  ],
  escape,
  [
    ['↑ ↓ PgUp PgDn Home End', 'Move in a list'],
    ['Enter', 'Go to what can be done'],
    ['Esc', 'Back to the list; close the details'],
  ],
)

// However much arrives, the page is drawn once a frame.
let isPlanned = false
const draw = () => {
  isPlanned = false
  for (const update of updates) update()
}
store.subscribe(() => {
  if (!isPlanned) requestAnimationFrame(draw)
  isPlanned = true
})
draw()
const reconnect = listen(store)

// A screen reader that speaks of every number can do nothing else.
let told = 0
setInterval(() => {
  const deadNow = store.dead ?? told
  if (deadNow > told) byId('news', HTMLElement).textContent = count(deadNow - told, 'new dead letter')
  told = deadNow
}, 5_000)
