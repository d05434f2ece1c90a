import { byId, button, fill, h } from './dom.ts'

let timer: ReturnType<typeof setTimeout> | undefined

/** Shows a message for a few seconds, longer with something to do about it. */
export function say(text: string, remedy?: { label: string; run: () => void }): void {
  const toast = byId('toast', HTMLElement)
  const hide = () => {
    toast.hidden = true
  }
  const act = () => {
    hide()
    remedy?.run()
  }
  toast.hidden = false
  fill(toast, text, remedy !== undefined && button(remedy.label, act))
  clearTimeout(timer)
  timer = setTimeout(hide, remedy === undefined ? 4000 : 12_000)
}

export async function copy(text: string, what: string): Promise<void> {
  say((await written(text)) ? `Copied ${what}` : `The browser does not let this page copy. Select it by hand.`)
}

/** Writes to the clipboard, in the old way too: the new one exists on secure origins only, and the mock may not be one. */
async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = h('textarea', { class: 'unseen', 'aria-hidden': 'true' })
    area.value = text
    const focused = document.activeElement
    // A modal dialog takes the focus from everything outside of it.
    ;(document.querySelector('dialog[open]') ?? document.body).append(area)
    area.select()
    const isDone = document.execCommand('copy')
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return isDone
  }
}
