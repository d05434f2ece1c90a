import { shared } from '@obsidianlaunch/testkit/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: shared })
