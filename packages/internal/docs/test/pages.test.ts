import { beforeAll, expect, test } from 'vitest'
import { complaints, newPage, overflow, useBrowser } from './browser.ts'
import { addresses, base } from './dist.ts'

const opened = useBrowser()

const views = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'dark', width: 360 },
  { colorScheme: 'light', width: 360 },
] as const

/** Views of one page: those of the API are long and all alike, so that both themes and both widths are seen in two. */
const viewsOf = (address: string) =>
  address.startsWith(`${base}api/`) ? views.filter((_, index) => index % 2 === 0) : views

/** One window for all pages, which keeps what they share. */
let shared: Awaited<ReturnType<typeof newPage>>
beforeAll(async () => {
  shared = await newPage(opened())
})

for (const address of addresses) {
  test(`${address} is accessible, fits its window, and asks nothing of other hosts: light and dark, wide and narrow`, async () => {
    const { page, noises } = shared
    noises.length = 0
    const found: string[] = []
    await page.goto(new URL(address, opened().site.url).href)
    const hasThemes = (await page.locator('html[data-theme]').count()) > 0
    for (const { colorScheme, width } of viewsOf(address)) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      if (hasThemes) await page.locator(`html[data-theme=${colorScheme}]`).waitFor()
      const wide = await overflow(page)
      if (wide > 0) found.push(`${colorScheme}, ${width}: ${wide} px too wide`)
      for (const complaint of await complaints(page)) found.push(`${colorScheme}, ${width}: ${complaint}`)
    }
    expect(found).toEqual([])
    expect(noises).toEqual([])
  })
}

test('the front is among the pages that were looked at', () => {
  expect(addresses).toContain(base)
})

test('axe finds what is wrong, and a page that is too wide is seen', async () => {
  const { page } = await newPage(opened())
  await page.goto(opened().site.url)
  await page.evaluate(() => {
    const image = document.createElement('img')
    image.style.width = '3000px'
    document.querySelector('main')?.append(image)
  })
  expect(await complaints(page)).toEqual([expect.stringContaining('image-alt')])
  expect(await overflow(page)).toBeGreaterThan(1_000)
  await page.context().close()
})

test('the front needs less than 150 kB, compressed, with all that it loads', async () => {
  const { page, noises } = await newPage(opened())
  let bytes = 0
  const answered: Promise<void>[] = []
  page.on('requestfinished', (request) => {
    answered.push(request.sizes().then((sizes) => void (bytes += sizes.responseBodySize + sizes.responseHeadersSize)))
  })
  await page.goto(opened().site.url, { waitUntil: 'networkidle' })
  await page.locator('.playground[data-state=open]').waitFor()
  await Promise.all(answered)
  await page.context().close()
  expect(answered.length).toBeGreaterThan(3)
  expect(bytes).toBeGreaterThan(20_000)
  expect(bytes).toBeLessThan(150_000)
  expect(noises).toEqual([])
})

test('on a phone the front has the menu that leads to the other pages', async () => {
  const { page } = await newPage(opened(), { viewport: { width: 360, height: 740 } })
  await page.goto(opened().site.url)
  await page.getByRole('button', { name: 'Menu' }).click()
  await page.getByRole('navigation').getByRole('link', { name: /start/i }).first().click()
  await expect.poll(() => page.url()).toBe(`${opened().site.url}start/`)
  await page.context().close()
})
