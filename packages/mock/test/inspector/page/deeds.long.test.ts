import { expect, test } from 'vitest'
import { visit, event, events, onPage, rows, titles } from './browser.ts'

test(
  'an event is sent again as it was, and as another one',
  onPage(async ({ page, mock, post }) => {
    await post(events, event('button_click'), { 'Idempotency-Key': 'one' })
    await rows(page).first().click()
    await page.getByRole('button', { name: 'Send again, same key' }).click()
    await rows(page).getByText('×2').waitFor()
    await page.getByRole('button', { name: 'Send again, new key' }).click()
    await expect.poll(() => titles(page)).toEqual(['button_click', 'button_click'])
    expect(mock.requests.map(({ status, valid, text }) => [status, valid, text])).toEqual(
      Array.from({ length: 3 }, () => [200, true, mock.requests[0]?.text]),
    )
    const [first, same, other] = mock.requests.map((request) => request.id)
    expect([first, same]).toEqual(['one', 'one'])
    expect(other).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
  }),
)

test(
  'an event is copied as the call of the SDK, as an expectation of a test, and as a link',
  onPage(async ({ page, mock, post }) => {
    await post(events, event('button_click'))
    await rows(page).first().click()
    const copied = async (name: string) => {
      const read = () => page.evaluate<string>('navigator.clipboard.readText()')
      await page.evaluate(`navigator.clipboard.writeText('')`)
      await page.getByRole('button', { name: `Copy ${name}` }).click()
      await expect.poll(read).not.toBe('')
      return read()
    }
    expect(await copied('as TypeScript')).toBe(`await tracker.trackEvent('user123', 'button_click')`)
    expect(await copied('as expect')).toBe(
      `expect(mock).toHaveReceived('trackEvent', { customer_id: 'user123', event: 'button_click' })`,
    )
    await post(events, event('page_view'))
    const link = await copied('link')
    expect(link).toMatch(new RegExp(`^${mock.url}/_inspector\\?event=`))
    const other = await page.context().newPage()
    await other.goto(link)
    await other.getByRole('heading', { name: 'button_click' }).waitFor()
    for (let at = 0; at < 60; at += 1) await post(events, event(`later_${at}`))
    await other.goto(link)
    await rows(other).getByText('button_click').waitFor()
    const isInSight = `(() => {
      const row = document.querySelector('#event-list [aria-selected=true]').getBoundingClientRect()
      return row.top > 0 && row.bottom <= innerHeight
    })()`
    await expect.poll(() => other.evaluate<boolean>(isInSight)).toBe(true)
    await other.goto(`${link}99`)
    await other.getByText('This event is not here').waitFor()
    await other.close()
  }),
)

test(
  'choice, search and filters are in the address, and Back closes the details on a phone',
  onPage(async ({ page, mock, post }) => {
    for (const name of ['one', 'two']) await post(events, event(name))
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByLabel('Search').fill('two')
    await expect.poll(() => titles(page)).toEqual(['two'])
    await rows(page).first().click()
    await page.getByRole('heading', { name: 'two' }).waitFor()
    await expect.poll(() => new URL(page.url()).search).toMatch(/^\?search=two&event=/)
    await page.reload()
    await page.getByRole('heading', { name: 'two' }).waitFor()
    await page.goBack()
    await rows(page).getByText('two').waitFor()
    await page.locator('#detail').waitFor({ state: 'hidden' })
    await expect.poll(() => new URL(page.url()).search).toBe('?search=two')
    await page.goForward()
    await page.getByRole('heading', { name: 'two' }).waitFor()
    await page.getByRole('button', { name: '← Events' }).click()
    await rows(page).getByText('two').waitFor()
    await page.goto(`${mock.url}/_inspector?violations=only&status=4xx`)
    await page.getByText('No event matches').waitFor()
    await expect.poll(() => page.locator('#status').inputValue()).toBe('4xx')
    await page.setViewportSize({ width: 1400, height: 800 })
    await page.locator('#empty').getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('')
  }),
)

test(
  'deep levels of a body are folded and unfold, and one with a violation or a hit of the search is open',
  onPage(async ({ page, post }) => {
    const leaves = { one: 1, two: 2, three: 3, four: 4, five: 5 }
    await post(events, { ...event('deep'), property: { a: { b: leaves }, near: leaves } })
    await rows(page).first().click()
    const body = page.locator('.json').first()
    await body.getByText('… 5 lines … }').filter({ visible: true }).waitFor()
    const level = body.locator('.line', { hasText: '"b"' })
    await expect.poll(() => body.getByText('"five"').filter({ visible: true }).count()).toBe(1)
    await level.getByRole('button').click()
    await expect.poll(() => body.getByText('"five"').filter({ visible: true }).count()).toBe(2)
    await body.getByRole('button', { name: 'Fold all' }).click()
    await expect.poll(() => body.locator('.line').filter({ visible: true }).count()).toBe(1)
    await page.getByLabel('Search').fill('five')
    await page.getByRole('button', { name: 'Close the details' }).click()
    await rows(page).first().click()
    await expect.poll(() => body.getByText('"five"').filter({ visible: true }).count()).toBe(2)
    await page.getByLabel('Search').fill('')
    await post(events, { ...event('wrong'), extra: { a: { b: { c: leaves } } } })
    await rows(page).getByText('extra is not a field').click()
    await page.locator('#detail').getByText('is not a field of the OpenAPI document').waitFor()
  }),
)

test(
  'what a search has found is marked, in the list and in the details',
  onPage(async ({ page, post }) => {
    await post(events, { ...event('button_click'), property: { note: 'Click here' } })
    await post(events, event('page_view'))
    await rows(page).getByText('button_click').click()
    await page.getByLabel('Search').fill('CLICK event:button status:200')
    const marked = () =>
      page.evaluate<string[]>(`[...(CSS.highlights.get('hits') ?? [])].map((range) =>
        range.startContainer.nodeValue.slice(range.startOffset, range.endOffset))`)
    await expect
      .poll(async () => (await marked()).toSorted().join())
      .toBe('Click,Click,Click,button,button,button,click,click,click')
    await page.getByLabel('Search').fill('')
    await expect.poll(marked).toEqual([])
  }),
)

test(
  'the names of events are counted, near misses stand beside each other, and the type can be copied',
  onPage(async ({ page, mock, post }) => {
    for (const name of ['button_click', 'button_click', 'buton_click', 'page_view']) await post(events, event(name))
    await visit(page, mock)
    await page.locator('#count').getByText('4 events').waitFor()
    await page.getByRole('button', { name: 'Names' }).click()
    const dialog = page.getByRole('dialog', { name: 'Names of events' })
    await expect
      .poll(() => dialog.locator('.misses li').innerText())
      .toMatch(/buton_click\s+×1[^]*or\s+button_click\s+×2/)
    await dialog.getByRole('button', { name: 'Copy the type' }).click()
    await page.getByText('Copied the type').waitFor()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain(
      'button_click: undefined // 2 times',
    )
    await dialog.locator('.misses').getByRole('button', { name: 'buton_click' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => titles(page)).toEqual(['buton_click'])
  }),
)
