import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A bound for hangs, not a measure: the machine may be busy.
    testTimeout: 60_000,
    include: ['test/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
  },
})
