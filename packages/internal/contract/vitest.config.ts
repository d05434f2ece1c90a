import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Packing, installing and compiling are heavy: side by side they would only slow each other down.
    fileParallelism: false,
    // The built packages are loaded by Node itself, as a user's program loads them.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 120_000,
    hookTimeout: 240_000,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
  },
})
