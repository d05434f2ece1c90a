import { createAnnouncements } from './panels/announcements.ts'
import { createClearing } from './panels/clearing.ts'
import { createCustomerCard } from './panels/customer-card.ts'
import { createCustomerList } from './panels/customer-list.ts'
import { createEmptyState } from './panels/empty-state.ts'
import { createEventDetail } from './panels/event-detail.ts'
import { createEventList } from './panels/event-list.ts'
import { createFaultsPanel } from './panels/faults-panel.ts'
import { createFilters } from './panels/filters.ts'
import { createNamesPanel } from './panels/names-panel.ts'
import { createToolbar } from './panels/toolbar.ts'
import { wordsOf } from './store/filter.ts'
import { Store } from './store/store.ts'
import { createDivider } from './widgets/divider.ts'
import { byId } from '@obsidianlaunch/page/dom'
import { highlight } from './widgets/highlights.ts'
import { createHistory } from './panels/history.ts'
import { createKeyboard } from '@obsidianlaunch/page/keyboard'
import { createTheme } from '@obsidianlaunch/page/theme'

const root = document.documentElement
const store = new Store()
const customersSwitch = byId('customers-switch', HTMLButtonElement)
const faultsSwitch = byId('faults-switch', HTMLButtonElement)
const search = byId('search', HTMLInputElement)
const faultsPanel = byId('faults', HTMLElement)
const detailPane = byId('detail', HTMLElement)

/** Shows or hides the customers where the screen is too narrow to have them always. */
function showCustomers(isShown: boolean): void {
  root.toggleAttribute('data-customers', isShown)
  customersSwitch.setAttribute('aria-expanded', String(isShown))
}

function openDetail(by: 'key' | 'click'): void {
  showCustomers(false)
  // Drawn by then: a pane that is hidden takes no focus.
  if (by === 'key') requestAnimationFrame(() => detailPane.focus())
}

function toggleFaults(): void {
  // Asked for before it is hidden: a browser takes the focus off a hidden field only when it draws the next frame,
  // and until then a key would still go to that field.
  const hadFocus = faultsPanel.contains(document.activeElement)
  faultsPanel.hidden = !faultsPanel.hidden
  faultsSwitch.setAttribute('aria-expanded', String(!faultsPanel.hidden))
  if (!faultsPanel.hidden) byId('fault-what', HTMLSelectElement).focus()
  else if (hadFocus) faultsSwitch.focus()
}

/** Leaves what is innermost: the search, the faults, the details for the list, the list for nothing chosen. */
function escape(): void {
  const focused = document.activeElement
  if (focused === search && search.value !== '') store.narrow({ search: '' })
  else if (faultsPanel.contains(focused)) toggleFaults()
  else if (root.hasAttribute('data-customers')) showCustomers(false)
  else if (focused === search || store.chosen === undefined) events.list.focus()
  else if (detailPane.contains(focused) && byId('event-list', HTMLElement).offsetParent !== null) events.list.focus()
  else place.close()
}

const place = createHistory(store)
const clearing = createClearing(store)
const nextTheme = createTheme()
const toolbar = createToolbar(store, clearing.clear)
const filters = createFilters(store)
const events = createEventList(store, openDetail)
const customers = createCustomerList(store, () => showCustomers(false))
const detail = createEventDetail(store, place.close, () => events.list.focus())
const openNames = createNamesPanel(store)
const hits = () => highlight(wordsOf(store.filter), [byId('event-list', HTMLElement), detailPane])
const updates = [
  toolbar.update,
  filters.update,
  createFaultsPanel(store),
  createEmptyState(store, clearing),
  createCustomerCard(store),
  customers.update,
  detail.update,
  events.update,
  place.update,
  hits,
]

customersSwitch.addEventListener('click', () => showCustomers(!root.hasAttribute('data-customers')))
faultsSwitch.addEventListener('click', toggleFaults)
byId('event-list', HTMLElement).addEventListener('scroll', hits)
createDivider()
createAnnouncements(store)
createKeyboard(
  [
    { key: 'j', label: 'Next event, older', run: () => events.list.move(1) },
    { key: 'k', label: 'Previous event, newer', run: () => events.list.move(-1) },
    { key: '/', label: 'Search', run: () => search.focus() },
    { key: 'v', label: 'Only violations', run: filters.toggleViolations },
    { key: 'c', label: 'Copy the request as curl', run: detail.copyCurl },
    { key: 'n', label: 'Names of events', run: openNames },
    { key: 'f', label: 'Faults', run: toggleFaults },
    { key: 'u', label: 'Customers', run: () => customers.list.focus() },
    { key: 'p', label: 'Pause or resume', run: toolbar.pause },
    { key: 't', label: 'Theme', run: nextTheme },
  ],
  escape,
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
clearing.listen()
