import { startMock } from '@obsidianlaunch/events-mock'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { describe, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'

// oxlint-disable-next-line no-control-regex -- colours are control sequences
const colour = /\u001B\[[\d;]*m/

/** The whole output of a command in a terminal; a mock is ended by Ctrl-C once it is ready. */
async function outputOf(line: string, at: Workplace): Promise<string> {
  const terminal = inTerminal(80, line, at)
  if (/ (?:mock|listen)\b/.test(line)) {
    await terminal.shows('Ctrl-C ends it')
    terminal.type('\u0003')
  }
  expect(await terminal.code()).toBe(0)
  return terminal.output()
}

describe.runIf(hasScript)('in a terminal', () => {
  test.each([
    ['track user123 click', '✓'],
    ['doctor', '✓'],
    ['mock --port 0', 'Page'],
    ['listen --port 0', 'Page'],
  ])('--no-color before and after a command takes the colours away: %s', async (line, shown) => {
    await using mock = await startMock()
    using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: mock.url })
    const coloured = await outputOf(`obsidian-events ${line}`, at)
    expect(coloured).toContain(shown)
    expect(coloured).toMatch(colour)
    for (const plain of [`obsidian-events --no-color ${line}`, `obsidian-events ${line} --no-color`]) {
      const output = await outputOf(plain, at)
      expect(output).toContain(shown)
      expect(output).not.toMatch(colour)
    }
  })
})
