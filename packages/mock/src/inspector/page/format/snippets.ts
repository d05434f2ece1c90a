/** Command that sends the first event to a mock at this address. */
export function curlSnippet(origin: string): string {
  return `curl ${origin}/events/test \\
  --header 'Authorization: Bearer any-token' \\
  --header 'Content-Type: application/json' \\
  --data '{ "customer_id": "user123", "event": "button_click" }'`
}

export function typescriptSnippet(origin: string): string {
  const sdk = '@obsidianlaunch/events'
  return `import { EventTracker } from '${sdk}'

const tracker = new EventTracker({
  token: 'any-token',
  baseUrl: '${origin}',
})
await tracker.trackEvent('user123', 'button_click')`
}
