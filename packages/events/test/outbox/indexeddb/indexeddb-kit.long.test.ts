import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outboxCases } from '../../../src/outbox/kit/kit.ts'
import { missing, Site } from './browser.ts'

let site: Site
let page: Page
beforeAll(async () => {
  if (missing !== undefined) return
  site = await Site.open(['kit', 'frame'])
  page = await site.page('kit')
})
afterAll(() => site?.[Symbol.asyncDispose]())

describe.skipIf(missing !== undefined)('in a real Chromium', () => {
  test.each(outboxCases({ durable: true, shared: true, remembersMs: 24 * 3_600_000 }).map(({ name }) => name))(
    '%s',
    async (name) => {
      expect(await page.evaluate((given) => Reflect.get(globalThis, 'runCase')(given), name)).toBe(undefined)
    },
  )
})
