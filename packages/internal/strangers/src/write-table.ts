import { writeTable } from './table.ts'
import { trials } from './trials/all.ts'

// After a run of all of them that was green: each cell has been seen to be as it is written.
writeTable(trials)
