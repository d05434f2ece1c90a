import { spawn } from 'node:child_process'
import type { Mock } from '@obsidianlaunch/events-mock'
import { since } from './arrivals.ts'
import { plain, say, tone } from './say.ts'

/** Leaves the mock to the reader until `stop` is aborted: shows each request that comes, and opens the page on `o`. */
export async function stay(mock: Mock, stop: AbortSignal): Promise<void> {
  say(`\nThe mock stays until you press Ctrl-C.\nPress o for its page, or try:\n`)
  // Narrow enough for 40 columns, and ready to be pasted.
  say(tone('cyan', `curl -d '{"customer_id":"user123",\n "event":"button_click"}' \\`))
  say(tone('cyan', ` -H 'Authorization: Bearer my-token' \\`))
  say(tone('cyan', ` -H 'Content-Type: application/json' \\\n ${mock.url}/events/test\n`))
  let latest = mock.requests.at(-1)
  const showing = setInterval(() => {
    for (const exchange of since(mock, latest)) {
      latest = exchange
      const { method, path, status, violations, body } = exchange
      const text = plain(`${status} ${method} ${path} ${violations[0]?.message ?? JSON.stringify(body)}`)
      say(tone(status < 400 ? 'green' : 'red', text))
    }
  }, 100)
  await endOf(stop, (key) => key === 'o' && openPage(mock.inspectorUrl))
  clearInterval(showing)
}

/** Hands on the keys that are pressed, until Ctrl-C: while they come one by one, that is a key like the others. */
async function endOf(stop: AbortSignal, press: (key: string) => void): Promise<void> {
  const keyboard = process.stdin.setRawMode(true).setEncoding('utf8')
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => resolve())
    keyboard.on('data', (keys: string) => {
      for (const key of keys)
        if (key === '\u0003') resolve()
        else press(key)
    })
  })
  keyboard.setRawMode(false).pause()
}

function openPage(url: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  spawn(opener, [url], { stdio: 'ignore', detached: true })
    .on('error', () => say(`Open it yourself: ${url}`))
    .unref()
}
