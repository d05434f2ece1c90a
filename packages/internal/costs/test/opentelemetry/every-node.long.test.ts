import { howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { test } from 'vitest'
import { judgeService } from './support/run-service.ts'

test.for(nodeLines)('on Node %i spans and counts are the same', async (line, { skip }) => {
  const program = node(line)
  if (program === undefined) return skip(`Node ${line} is not installed: ${howToInstall}`)
  await judgeService(program)
})
