import { byId, h } from './dom.ts'

let timer: ReturnType<typeof setTimeout> | undefined

/** Shows a message for a few seconds. */
export function say(text: string): void {
  const toast = byId('toast', HTMLElement)
  toast.hidden = false
  toast.textContent = text
  clearTimeout(timer)
  timer = setTimeout(() => {
    toast.hidden = true
  }, 4000)
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
