import { pageFile, siteUrl, textOf } from '@obsidianlaunch/testkit/pages'
import { expect, test } from 'vitest'
import { exitCodes, Failure, type FailureCode, usage } from '../../src/terminal/failure.ts'
import { see, Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'

/** Each code of a failure: one that is forgotten does not compile. */
const codes: Record<FailureCode, true> = {
  api: true,
  authentication: true,
  cancelled: true,
  closed: true,
  configuration: true,
  connection: true,
  failed: true,
  file: true,
  outbox: true,
  owned: true,
  queue_full: true,
  timeout: true,
  usage: true,
  validation: true,
}

const withPage = (Object.keys(codes) as FailureCode[]).filter((code) => code !== 'usage')

test.each(withPage)('a failure %s leads to a page that is there', (code) => {
  const { help } = new Failure('It failed.', exitCodes.failed, code)
  expect(help?.startsWith(siteUrl)).toBe(true)
  expect(pageFile(help?.slice(siteUrl.length, -1) ?? '')).toMatch(/\.md$/)
})

test('the page about the command line has each code of --json that is its own, and each exit code', () => {
  const page = textOf('errors/command-line')
  for (const code of ['usage', 'configuration', 'authentication', 'file', 'owned', 'failed']) {
    expect(page).toContain(`\n| \`${code}\` | `)
  }
  for (const code of Object.values(exitCodes))
    expect(page).toMatch(new RegExp(`^\\| (?:\\d+, )?${code}(?:, \\d+)? \\|`, 'm'))
})

test.each([
  [400, 'api'],
  [401, 'authentication'],
  [403, 'permission'],
  [501, 'server'],
])('an answer %i is told with the page about it, once and below all else', async (status, page) => {
  await using api = await receive()
  api.answer = () => status
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'the-project-token', EVENT_TRACKING_BASE_URL: api.url })
  const { stderr } = await at.run('obsidian-events track a b')
  expect(stderr.endsWith(`\n${see(page)}`)).toBe(true)
  expect(stderr.split('https://')).toHaveLength(2)
  const [record] = await at.records('obsidian-events track a b --json')
  expect(record).toMatchObject({ type: 'error', help: `${siteUrl}errors/${page}/` })
  expect(record?.['message']).not.toContain('https://')
})

test('a command line that is wrong has its own help, and no page', async () => {
  expect(usage('It is wrong.').help).toBeUndefined()
  using at = new Workplace()
  expect((await at.run('obsidian-events track')).stderr).not.toContain('https://')
})
