import { test } from 'vitest'
import { judgeService } from './support/run-service.ts'

test('beside the instrumentations of undici and node:http, loaded by --import, an attempt is the parent of its request and in nobody else’s trace', async () => {
  await judgeService(process.execPath)
})
