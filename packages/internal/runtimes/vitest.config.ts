import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/announce.ts',
    // A bound for hangs, not a measure: a whole run time is awaited here, and the machine may be busy.
    testTimeout: 500_000,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
  },
})
