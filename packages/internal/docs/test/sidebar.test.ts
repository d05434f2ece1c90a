import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { addresses, base, htmlAt } from './dist.ts'

test('every page is in the sidebar, so that nobody has to know its address', () => {
  const { document } = parseHTML(htmlAt(`${base}start/`))
  const listed = new Set([...document.querySelectorAll('nav.sidebar a')].map((link) => link.getAttribute('href')))
  // The front, the page for what is not there, and the frame of the front.
  const others = new Set([base, `${base}404.html`, `${base}playground-tab/`])
  expect(addresses.filter((address) => !others.has(address) && !listed.has(address))).toEqual([])
})
