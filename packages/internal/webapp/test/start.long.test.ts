import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { click, inBrowser, waitForRows } from './support/browser.ts'

test(
  'who starts the example finds the web app, may kill the relay, and ends all of it by Ctrl-C',
  inBrowser(async ({ user }) => {
    const example = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')])
    const ended = once(example, 'exit')
    try {
      let said = ''
      example.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
      const find = (pattern: RegExp) => () => pattern.exec(said)?.[1]
      await expect.poll(find(/kill -9 (\d+)/)).toBeDefined()
      const page = await user.open(find(/Web app +(\S+)/)() ?? '')
      await click(page, 'identify')
      await waitForRows(page, 'delivered', 1)
      process.kill(Number(find(/kill -9 (\d+)/)()), 'SIGKILL')
      await expect.poll(find(/(The relay is dead)/)).toBeDefined()
      await click(page, 'track', 5)
      await waitForRows(page, 'stored', 5)
      await waitForRows(page, 'delivered', 6)
      for (const address of [/(\S+) is the page of those who look after it/, /API +(\S+)/]) {
        const answer = await fetch(find(address)() ?? '')
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching('^text/html')])
        await answer.text()
      }
    } finally {
      example.kill('SIGINT')
    }
    expect(await ended).toEqual([0, null])
  }),
)
