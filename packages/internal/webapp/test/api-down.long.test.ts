import { expect, test } from 'vitest'
import { become, click, inBrowser, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'an API that is down in every way is no matter of the page: its events are stored, and arrive when it is back',
  inBrowser(async ({ stack, user }) => {
    // The time that a tracker waits for one event by itself, five minutes, is over after a moment here.
    await stack.replaceRelay({ backoff: { baseMs: 50, capMs: 500 }, maxDeliveryMs: 500, attemptTimeoutMs: 500 })
    stack.mock.fail([
      { status: 500, times: 5 },
      { fault: 'reset', times: 5 },
      { fault: 'hang', times: 2 },
      { fault: 'refuse', forMs: 2_000 },
      { status: 502, times: 10 },
      { fault: 'truncate', times: 2 },
      { fault: 'refuse', forMs: 2_000 },
    ])
    const page = await user.open(stack.site.url)
    for (const customer of ['ada', 'grace', 'linus']) {
      await become(page, customer)
      await click(page, 'identify')
      await click(page, 'track', 20)
    }
    await waitForRows(page, 'delivered', 63)
    await page.close()
    await judge(stack)
    expect(stack.journal.promised).toHaveLength(63)
  }),
)

test(
  'a storm of 429 and 503 is waited out for as long as the API asks',
  inBrowser(async ({ stack, user }) => {
    stack.mock.fail([
      { status: 429, retryAfter: 1, times: 2 },
      { status: 503, retryAfter: 2, times: 1 },
      { pass: 3 },
      { status: 429, retryAfter: 1, times: 2 },
    ])
    const page = await user.open(stack.site.url)
    await click(page, 'track', 20)
    await waitForRows(page, 'delivered', 20)
    await judge(stack)
    expect(tooEarly(stack.mock.requests)).toEqual([])
  }),
)

/** Requests that came before the time was over for which the answer before them had asked. */
function tooEarly(
  requests: readonly { at: string; durationMs: number; answer: { headers: Record<string, string> } }[],
) {
  return requests.filter((request, at) => {
    const before = requests[at - 1]
    const asked = Number(before?.answer.headers['retry-after'] ?? 0) * 1_000
    return before !== undefined && Date.parse(request.at) - Date.parse(before.at) < asked
  })
}

test(
  'a project token that the API refuses keeps everything at the relay, until it is put right',
  inBrowser(async ({ stack, user }) => {
    using revoked = stack.mock.isolate({ token: 'revoked-project-token' })
    revoked.fail([{ status: 401, times: Infinity }])
    await stack.restartRelay({ token: revoked.token })
    const page = await user.open(stack.site.url)
    for (const customer of ['ada', 'grace']) {
      await become(page, customer)
      await click(page, 'track', 10)
    }
    await waitForRows(page, 'delivered', 20)
    await expect.poll(() => revoked.requests.length).toBeGreaterThan(3)
    expect(new Set(stack.mock.requests.map(({ status }) => status))).toEqual(new Set([401]))
    await stack.restartRelay({ token: 'the-right-project-token' })
    await judge(stack)
    expect(stack.journal.promised).toHaveLength(20)
  }),
)
