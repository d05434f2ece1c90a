import { createAnnouncements } from './panels/announcements.ts'
import { createCustomerCard } from './panels/customer-card.ts'
import { createCustomerList } from './panels/customer-list.ts'
import { createEmptyState } from './panels/empty-state.ts'
import { createEventDetail } from './panels/event-detail.ts'
import { createEventList } from './panels/event-list.ts'
import { createFaultsPanel } from './panels/faults-panel.ts'
import { createFilters } from './panels/filters.ts'
import { createToolbar } from './panels/toolbar.ts'
import { Store } from './store/store.ts'
import { listen } from './store/stream.ts'
import { byId } from './widgets/dom.ts'
import { createKeyboard } from './widgets/keyboard.ts'
import { createTheme } from './widgets/theme.ts'

const root = document.documentElement
const store = new Store()

/** Chooses the pane that a narrow screen shows. */
function show(view: 'customers' | 'events' | 'detail'): void {
  root.dataset['view'] = view
  customersSwitch.setAttribute('aria-expanded', String(view === 'customers'))
}

function openDetail(by: 'key' | 'click'): void {
  show('detail')
  // On a narrow screen the list is gone by now, and the focus with it.
  const isListGone = byId('event-list', HTMLElement).offsetParent === null
  if (by === 'key' || isListGone) byId('detail', HTMLElement).focus()
}

function backToList(): void {
  show('events')
  events.list.focus()
}

function toggleFaults(): void {
  const panel = byId('faults', HTMLElement)
  // Asked for before it is hidden: a browser takes the focus off a hidden field only when it draws the next frame,
  // and until then a key would still go to that field.
  const hadFocus = panel.contains(document.activeElement)
  panel.hidden = !panel.hidden
  faultsSwitch.setAttribute('aria-expanded', String(!panel.hidden))
  if (!panel.hidden) byId('fault-what', HTMLSelectElement).focus()
  else if (hadFocus) faultsSwitch.focus()
}

const customersSwitch = byId('customers-switch', HTMLButtonElement)
const faultsSwitch = byId('faults-switch', HTMLButtonElement)
const search = byId('search', HTMLInputElement)
const nextTheme = createTheme()
const toolbar = createToolbar(store)
const filters = createFilters(store)
const events = createEventList(store, openDetail)
const customers = createCustomerList(store, () => show('events'))
const detail = createEventDetail(store, backToList)
const updates = [
  toolbar.update,
  filters.update,
  createFaultsPanel(store),
  createEmptyState(store),
  createCustomerCard(store),
  customers.update,
  events.update,
  detail.update,
]

customersSwitch.addEventListener('click', () => show(root.dataset['view'] === 'customers' ? 'events' : 'customers'))
faultsSwitch.addEventListener('click', toggleFaults)
createAnnouncements(store)
createKeyboard(
  [
    { key: 'j', label: 'Next event, older', run: () => events.list.move(1) },
    { key: 'k', label: 'Previous event, newer', run: () => events.list.move(-1) },
    { key: '/', label: 'Search', run: () => search.focus() },
    { key: 'v', label: 'Only violations', run: filters.toggleViolations },
    { key: 'c', label: 'Copy the request as curl', run: detail.copyCurl },
    { key: 'f', label: 'Faults', run: toggleFaults },
    { key: 'u', label: 'Customers', run: () => customers.list.focus() },
    { key: 'p', label: 'Pause or resume', run: toolbar.pause },
    { key: 't', label: 'Theme', run: nextTheme },
  ],
  () => {
    if (document.activeElement === search && search.value !== '') store.narrow({ search: '' })
    else if (!byId('faults', HTMLElement).hidden && byId('faults', HTMLElement).contains(document.activeElement))
      toggleFaults()
    else backToList()
  },
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
listen(store)
