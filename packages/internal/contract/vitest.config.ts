import { shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...shared,
    // The built packages are loaded by Node itself, as a user's program loads them.
    server: { deps: { external: [/\/dist\//] } },
  },
})
