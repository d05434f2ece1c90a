import { shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

// Each file starts a browser, which wants a processor of its own.
export default defineConfig({ test: { ...shared, maxWorkers: 1 } })
