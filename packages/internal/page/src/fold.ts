/** A part of the page that a button unfolds. Escape, a click elsewhere and one on a button within fold it again. */
export function createFold(control: HTMLButtonElement, part: HTMLElement): void {
  const isPopup = part.classList.contains('popup')
  const set = (isOpen: boolean) => {
    control.setAttribute('aria-expanded', String(isOpen))
    part.toggleAttribute('data-open', isOpen)
    if (isPopup) part.hidden = !isOpen
  }
  control.addEventListener('click', () => set(control.getAttribute('aria-expanded') !== 'true'))
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element) || control.contains(target)) return
    const isWithin = part.contains(target)
    if (!isWithin || (target.closest('button') !== null && !target.closest('[aria-expanded]'))) set(false)
  })
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || control.getAttribute('aria-expanded') !== 'true') return
      event.preventDefault()
      set(false)
      control.focus()
    },
    true,
  )
}
