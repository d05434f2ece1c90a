import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A bound for hangs, not a measure: the machine may be busy.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: ['test/support/transport.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    projects: [
      { extends: true, test: { name: 'dispatcher', include: ['test/**/*.test.ts'] } },
      // Where a tracker reaches a real server by itself: over both of Node's transports.
      {
        extends: true,
        test: { name: 'fetch', include: ['test/transports/*.test.ts'], env: { EVENTS_TEST_TRANSPORT: 'fetch' } },
      },
    ],
  },
})
