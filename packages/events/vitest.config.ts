import { isLong, shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

const setupFiles = ['test/support/transport.ts']
// Where a tracker reaches a real server by itself: over the second of Node's transports as well.
const overFetch = { include: ['test/transports/*.test.ts'], env: { EVENTS_TEST_TRANSPORT: 'fetch' } }
const { include, ...ofAll } = shared

export default defineConfig({
  test: {
    ...ofAll,
    projects: [
      { extends: true, test: { name: 'dispatcher', setupFiles, include } },
      ...(isLong ? [{ extends: true as const, test: { name: 'fetch', setupFiles, ...overFetch } }] : []),
    ],
  },
})
