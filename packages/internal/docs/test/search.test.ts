import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newPage, useBrowser } from './browser.ts'

const opened = useBrowser()

/** Opens the search as a reader does. @returns the addresses of the results, as they come to stand */
async function search(page: Page, words: string): Promise<string[]> {
  await page.goto(`${opened().site.url}start/`)
  await page.locator('button[data-open-modal]').click()
  await page.locator('dialog input').fill(words)
  const links = page.locator('dialog .pagefind-ui__result-link')
  await links.first().waitFor()
  return links.evaluateAll((found) => found.map((link) => new URL((link as HTMLAnchorElement).href).pathname))
}

/** Words that a reader may have in mind, and the part of the site that has to be among the answers. */
const wanted = [
  ['shutdown', 'guides/'],
  ['identifyCustomer', 'api/'],
  ['Identify a customer', 'http/'],
] as const

for (const [words, place] of wanted) {
  test(`a search for '${words}' finds a page below ${place}`, async () => {
    const { page, noises } = await newPage(opened())
    const found = await search(page, words)
    await page.context().close()
    expect(found.filter((address) => address.includes(`/events-typescript/${place}`))).not.toEqual([])
    expect(noises).toEqual([])
  })
}
