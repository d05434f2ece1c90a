import { reportsOfDoors, writeReports } from './report.ts'

// `pnpm --filter @obsidianlaunch/release api`: what each entry point exports, for a reviewer to see what a change means for users.
const fresh = await reportsOfDoors()
await writeReports(fresh)
process.stdout.write(fresh.map(({ file }) => `packages/internal/release/api/${file}\n`).join(''))
