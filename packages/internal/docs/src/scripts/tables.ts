/** Lets the keyboard scroll tables that are wider than the window: as long as they are, they take the focus. */
export function keepTablesFocusable(): void {
  const seen = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const isWider = target.scrollWidth > target.clientWidth
      if (isWider) target.setAttribute('tabindex', '0')
      else target.removeAttribute('tabindex')
    }
  })
  for (const table of document.querySelectorAll('.sl-markdown-content table')) seen.observe(table)
}
