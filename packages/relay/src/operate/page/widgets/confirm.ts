import { byId, fill } from '@obsidianlaunch/page/dom'

/** Asks before something that cannot be taken back. @returns whether it is wanted */
export function confirmed(title: string, text: string | Node, action: string): Promise<boolean> {
  const dialog = byId('confirm', HTMLDialogElement)
  byId('confirm-title', HTMLElement).textContent = title
  fill(byId('confirm-text', HTMLElement), text)
  byId('confirm-yes', HTMLButtonElement).textContent = action
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((decide) => {
    dialog.addEventListener('close', () => decide(dialog.returnValue === 'yes'), { once: true })
  })
}
