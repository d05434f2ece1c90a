/** The way that the tests' requests go: 'auto' as a user's do, or 'fetch'. */
export const testTransport = process.env['EVENTS_TEST_TRANSPORT'] === 'fetch' ? 'fetch' : 'auto'

if (testTransport === 'fetch') {
  const { fetch } = globalThis
  // Not the platform's own any more, though it does the same.
  globalThis.fetch = (...request) => fetch(...request)
}
