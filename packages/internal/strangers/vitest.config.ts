import { isLong, shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...shared,
    // The registry with the packages of this workspace.
    globalSetup: [...shared.globalSetup, ...(isLong ? ['test/setup.ts'] : [])],
    // Installing and building is heavy: side by side they would only slow each other down.
    fileParallelism: false,
  },
})
