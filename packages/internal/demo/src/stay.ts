import type { Exchange, Mock } from '@obsidianlaunch/events-mock'
import { plain, type Screen } from './screen.ts'
import { since } from './wire.ts'

/** Leaves the mock to the reader until `stop` is aborted, and shows each request that comes. */
export async function stay(mock: Mock, screen: Screen, stop: AbortSignal): Promise<void> {
  screen.print()
  screen.wrap('', 'The mock stays until you press Ctrl-C. Try it from another terminal:')
  screen.print()
  for (const line of curl(mock.url)) screen.print(screen.tone('cyan', line))
  screen.print()
  let latest = mock.requests.at(-1)
  const timer = setInterval(() => {
    for (const exchange of since(mock, latest)) {
      printExchange(screen, exchange)
      latest = exchange
    }
  }, 100)
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(timer)
  // The terminal has just written ^C.
  screen.print()
}

/** Narrow enough for 40 columns, and ready to be pasted. */
function curl(url: string): string[] {
  return [
    `curl -d '{"customer_id":"user123",`,
    ` "event":"button_click"}' \\`,
    " -H 'Authorization: Bearer my-token' \\",
    " -H 'Content-Type: application/json' \\",
    ` ${url}/events/test`,
  ]
}

function printExchange(screen: Screen, { method, path, status, violations, body }: Exchange): void {
  const lead = `${screen.tone(status < 400 ? 'green' : 'red', String(status))} `
  const [violation] = violations
  const detail = violation?.message ?? JSON.stringify(body)
  screen.wrap(lead, plain(`${method} ${path} ${detail ?? ''}`.trim()))
}
