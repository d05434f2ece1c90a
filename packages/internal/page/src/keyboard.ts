import { byId, h } from './dom.ts'
import { remember, remembered } from './preferences.ts'

export interface Shortcut {
  readonly key: string
  readonly label: string
  readonly run: () => void
}

/** Acts on single keys, unless a person is typing or has switched them off, and fills the dialog that lists them. */
export function createKeyboard(
  shortcuts: readonly Shortcut[],
  escape: () => void,
  others: readonly (readonly [key: string, label: string])[] = inLists,
): void {
  const dialog = byId('help', HTMLDialogElement)
  const singleKeys = byId('single-keys', HTMLInputElement)
  const open = () => dialog.showModal()
  const all = [...shortcuts, { key: '?', label: 'This help', run: open }]
  singleKeys.checked = remembered('single-keys') !== 'off'
  singleKeys.addEventListener('change', () => remember('single-keys', singleKeys.checked ? 'on' : 'off'))
  byId('help-open', HTMLButtonElement).addEventListener('click', open)
  byId('help-keys', HTMLElement).append(
    ...[...all.map(({ key, label }) => [key, label] as const), ...others].map(([key, label]) =>
      h('div', {}, h('dt', {}, ...key.split(' ').map((one) => h('kbd', {}, one))), h('dd', {}, label)),
    ),
  )
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return
    if (event.key === 'Escape') return escape()
    const shortcut = all.find(({ key }) => key === event.key)
    if (shortcut === undefined || isTyping(event.target) || !singleKeys.checked) return
    event.preventDefault()
    shortcut.run()
  })
}

const inLists = [
  ['↑ ↓ PgUp PgDn Home End', 'Move in a list'],
  ['Enter', 'Go to the details'],
  ['Esc', 'Back to the list; leave the search'],
] as const

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('textarea, select, input:not([type=checkbox], [type=radio])')
}
