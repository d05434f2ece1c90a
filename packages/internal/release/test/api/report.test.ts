import { expect, test } from 'vitest'
import { reportsOfDoors, staleReports } from '../../src/api/report.ts'

test('what each entry point exports is as it was committed: pnpm --filter @obsidianlaunch/release api writes it anew', async () => {
  const fresh = await reportsOfDoors()
  expect(fresh.map(({ file }) => file)).toContain('events.api.md')
  expect(await staleReports(fresh)).toEqual([])
  const [first] = fresh
  expect(await staleReports([{ file: first?.file ?? '', package: '', text: 'other' }])).toEqual([first?.file])
})
