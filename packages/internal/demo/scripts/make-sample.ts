import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sampleLines } from './sample.ts'

writeFileSync(fileURLToPath(new URL('../sample.ndjson', import.meta.url)), sampleLines().join('\n') + '\n')
