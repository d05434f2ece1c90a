import { shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...shared,
    // Packing, publishing and installing are heavy: side by side they would only slow each other down.
    fileParallelism: false,
  },
})
