import { shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

// Each file starts a browser, which wants a processor of its own, and takes its time on a busy machine.
export default defineConfig({ test: { ...shared, maxWorkers: 1, expect: { poll: { timeout: 240_000 } } } })
