import type { Page, Request } from 'playwright-core'
import { expect, test } from 'vitest'
import { click, inBrowser, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'a page that floods the relay is told to wait, does so, and loses nothing',
  inBrowser(async ({ stack, user }) => {
    // So few that a page on the busiest machine asks for more.
    await stack.restartRelay({ rateLimit: '2/10' })
    const page = await user.open(stack.site.url)
    const answers = answersTo(page)
    await click(page, 'track', 30)
    await waitForRows(page, 'delivered', 30)
    await judge(stack)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    // One customer's events are sent one at a time, so what follows is the next in this list.
    for (const { answeredAt, retryAfterMs } of refused) {
      const next = answers.find(({ startedAt }) => startedAt > answeredAt)
      expect(retryAfterMs).toBeGreaterThanOrEqual(1_000)
      expect((next?.startedAt ?? Infinity) - answeredAt).toBeGreaterThanOrEqual(retryAfterMs - 20)
    }
  }),
)

test(
  'a relay whose disk is full takes no more, and what the page could not hand over it sends when there is space',
  inBrowser(async ({ stack, user }) => {
    await stack.restartRelay({ maxBytes: 65_536 })
    stack.mock.fail([{ fault: 'refuse', forMs: Infinity }])
    const page = await user.open(stack.site.url)
    const answers = answersTo(page)
    await click(page, 'track', 500)
    await expect.poll(() => answers.filter(({ status }) => status === 503).length).toBeGreaterThan(0)
    expect(stack.journal.inState('queued').length).toBeGreaterThan(0)
    stack.mock.fail([])
    await waitForRows(page, 'delivered', 500)
    await judge(stack)
    expect(stack.journal.promised).toHaveLength(500)
  }),
)

interface Answered {
  status: number
  retryAfterMs: number
  startedAt: number
  answeredAt: number
}

/** The answers that a page gets, timed by the browser. */
function answersTo(page: Page): Answered[] {
  const answers: Answered[] = []
  page.on('requestfinished', (request) => {
    if (request.method() === 'POST') void timed(request).then((answered) => answers.push(answered))
  })
  return answers
}

async function timed(request: Request): Promise<Answered> {
  const response = await request.response()
  const { startTime, responseStart } = request.timing()
  return {
    status: response?.status() ?? 0,
    retryAfterMs: Number((await response?.headerValue('retry-after')) ?? 0) * 1_000,
    startedAt: startTime,
    answeredAt: startTime + responseStart,
  }
}
