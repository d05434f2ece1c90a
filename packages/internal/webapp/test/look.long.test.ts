import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { become, click, inBrowser, waitForRows } from './support/browser.ts'

const folder = resolve(import.meta.dirname, '../screenshots')

/** Complaints of axe about the page as it is now. */
async function complaints(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test(
    'axe finds nothing in any state and width, and nothing is wider than the screen',
    inBrowser(async ({ stack, user }) => {
      await mkdir(folder, { recursive: true })
      await stack.requireIdentity()
      const page = await user.open(stack.site.url)
      await page.emulateMedia({ colorScheme })
      const check = async (name: string) => {
        for (const width of [360, 768, 1366]) {
          await page.setViewportSize({ width, height: 860 })
          await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png` })
          const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
          expect({ name, width, isTooWide, complaints: await complaints(page) }).toEqual({
            name,
            width,
            isTooWide: false,
            complaints: [],
          })
        }
      }
      await check('empty')
      await click(page, 'identify')
      await waitForRows(page, 'delivered', 1)
      await become(page, 'somebody-else')
      await click(page, 'track')
      await waitForRows(page, 'refused', 1)
      await become(page, 'user123')
      await click(page, 'track')
      await waitForRows(page, 'delivered', 2)
      await user.context.setOffline(true)
      await click(page, 'track', 2)
      await click(page, 'identify')
      await page.getByText('Nobody is signed in').waitFor()
      await check('events')
    }),
  )

  test(
    'the list says of an event that is stored in the browser that it is, and axe finds nothing',
    inBrowser(async ({ stack, user }) => {
      stack.page.isDurable = true
      const page = await user.open(stack.site.url)
      await page.emulateMedia({ colorScheme })
      await user.context.setOffline(true)
      await click(page, 'track')
      await page.getByText('Stored in this browser').waitFor()
      expect(await complaints(page)).toEqual([])
    }),
  )
})

test(
  'the two buttons can be reached and pressed by keyboard',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    await page.keyboard.press('Tab')
    await page.keyboard.type('-by-keyboard')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await waitForRows(page, 'delivered', 2)
    expect([...stack.journal.events.values()].map(({ customer }) => customer)).toEqual(
      Array(2).fill(expect.stringContaining('-by-keyboard')),
    )
  }),
)
