import { byId } from './dom.ts'
import { remember, remembered } from './preferences.ts'

const themes = ['system', 'light', 'dark'] as const

/** Sets the theme: that of the system until the switch chooses another. */
export function createTheme(): () => void {
  const control = byId('theme', HTMLButtonElement)
  let at = Math.max(
    0,
    themes.findIndex((theme) => theme === remembered('theme')),
  )
  const apply = () => {
    const theme = themes[at] ?? 'system'
    document.documentElement.dataset['theme'] = theme
    byId('theme-words', HTMLElement).textContent = `Theme: ${theme}`
    control.title = `Theme: ${theme}`
  }
  const next = () => {
    at = (at + 1) % themes.length
    remember('theme', themes[at] ?? 'system')
    apply()
  }
  control.addEventListener('click', next)
  apply()
  return next
}
