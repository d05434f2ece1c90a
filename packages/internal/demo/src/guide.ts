import { EventTracker, type Receipt } from '@obsidianlaunch/events'
import { plain, plural, type Screen } from './screen.ts'

/** Makes the two calls of the provider's guide and prints what came back. */
export async function makeGuideCalls(baseUrl: string, screen: Screen): Promise<void> {
  const tracker = new EventTracker({ token: 'demo-token', baseUrl })
  screen.print(screen.tone('bold', "The guide's two calls"))
  const identified = await tracker.identifyCustomer('user123', {
    name: 'John Doe',
    email: 'john@example.com',
    properties: { plan: 'premium', signup_date: '2023-06-25' },
  })
  printReceipt(screen, 'identify', 'user123 John Doe', identified)
  const tracked = await tracker.trackEvent('user123', 'button_click')
  printReceipt(screen, 'track', 'user123 button_click', tracked)
  await tracker.shutdown()
  screen.print()
}

function printReceipt(screen: Screen, call: string, what: string, receipt: Receipt): void {
  const { status, attempts, acceptedAt, deliveredAt, data } = receipt
  const tookMs = new Date(deliveredAt).getTime() - new Date(acceptedAt).getTime()
  screen.print(`  ${screen.tone('green', '✓')} ${call.padEnd(8)}  ${what}`)
  // Spaced out, so that it can be broken between words.
  const answer = (JSON.stringify(data, null, 1) ?? 'no body').replaceAll(/\n */g, ' ')
  screen.wrap('    ', `${status} in ${tookMs} ms, ${plural(attempts, 'attempt')}`, 'dim')
  screen.wrap('    ', plain(answer), 'dim')
}
