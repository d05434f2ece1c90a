import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { run } from '@obsidianlaunch/testkit/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratch } from './workspace.ts'

/** A way in which nothing arrives: what the program does, and where it runs. */
interface Case {
  code: string
  env?: (mock: Mock) => Record<string, string | undefined>
}

const track = "tracker.trackEvent('user123', 'page_view')"
const made = (options: string, ...lines: string[]) =>
  [
    "import { EventTracker } from '@obsidianlaunch/events'",
    `const tracker = new EventTracker(${options})`,
    ...lines,
  ].join('\n')

/** Looks again until the first attempt of an event has failed. */
const untilFailed = [
  track,
  'let waiting = []',
  'while (waiting[0]?.lastFailure === undefined) {',
  '  await new Promise((later) => setTimeout(later, 20))',
  '  waiting = await tracker.waiting()',
  '}',
  'console.error(waiting[0].lastFailure)',
  'await tracker.shutdown({ timeoutMs: 0 })',
]

/** A part of the API that answers its program with this alone. */
function failing(mock: Mock, fault: { status: number; retryAfter?: number }): Record<string, string> {
  const part = mock.isolate()
  part.fail([{ ...fault, times: Infinity }])
  return { EVENT_TRACKING_AUTH_TOKEN: part.token }
}

/** The headings of the page under which messages stand, and the programs that print them. */
const cases: Record<string, Case[]> = {
  'There is no token': [
    {
      code: "import { trackEvent } from '@obsidianlaunch/events'\ntrackEvent('user123', 'page_view')",
      env: () => ({ EVENT_TRACKING_AUTH_TOKEN: undefined }),
    },
  ],
  'It is in the test environment': [{ code: made('', track), env: () => ({ NODE_ENV: 'production' }) }],
  'The API refuses it': [{ code: made('', track), env: (mock) => failing(mock, { status: 401 }) }],
  'The call is not valid': [{ code: made('', "tracker.trackEvent('', 'page_view')") }],
  'The API cannot be reached': [
    { code: made('', ...untilFailed), env: () => ({ EVENT_TRACKING_BASE_URL: 'http://127.0.0.1:9' }) },
    {
      code: made('', ...untilFailed),
      env: () => ({ EVENT_TRACKING_BASE_URL: 'https://events.obsidianlaunch.invalid' }),
    },
    { code: made(''), env: () => ({ EVENT_TRACKING_BASE_URL: 'http://example.com' }) },
  ],
  'It waits behind another event': [
    { code: made('', ...untilFailed), env: (mock) => failing(mock, { status: 503 }) },
    {
      code: made('{ logger: { warn: console.error, error: console.error } }', ...untilFailed),
      env: (mock) => failing(mock, { status: 429, retryAfter: 60 }),
    },
  ],
  'beforeSend vetoes it': [{ code: made('{ beforeSend() {} }', track) }],
  'The tracker was shut down': [{ code: made('', 'await tracker.shutdown()', track) }],
}

let mock: Mock
let folder = ''
beforeAll(async () => {
  folder = await scratch('nothing-arrives')
  mock = await startMock()
})
afterAll(async () => {
  await mock.close()
  await rm(folder, { recursive: true })
})

/** Messages that the page writes down under each of its headings. */
const messages = textOf('nothing-arrives')
  .split(/^## /m)
  .flatMap((section) => {
    const heading = section.split('\n')[0] ?? ''
    const lines = [...section.matchAll(/^```text\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) =>
      text.trim().split('\n'),
    )
    return lines.length === 0 ? [] : [{ heading, lines }]
  })

async function printedBy({ code, env }: Case, name: string): Promise<string> {
  const file = join(folder, `${name}.mjs`)
  await writeFile(file, code)
  const common = {
    EVENT_TRACKING_AUTH_TOKEN: 'token-of-a-case',
    EVENT_TRACKING_BASE_URL: mock.url,
    EVENT_TRACKING_DEBUG: '1',
    NODE_ENV: undefined,
    NO_COLOR: '1',
  }
  return (await run(process.execPath, [file], { cwd: folder, env: { ...common, ...env?.(mock) } })).stderr
}

test.each(messages)(
  'what the page says is printed where "$heading" is what a process prints there',
  async ({ heading, lines }) => {
    const programs = cases[heading] ?? []
    const name = heading.replaceAll(/\W+/g, '-')
    const printed = await Promise.all(programs.map((one, index) => printedBy(one, `${name}-${index}`)))
    const missing = lines.filter((line) => !printed.some((text) => text.includes(line)))
    expect({ missing, printed: missing.length === 0 ? [] : printed }).toEqual({ missing: [], printed: [] })
  },
)

test('each program belongs to a heading that says what it prints', () => {
  expect(messages.map(({ heading }) => heading)).toEqual(Object.keys(cases))
})
