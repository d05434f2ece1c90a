import { isLong } from '@obsidianlaunch/testkit/vitest'
import { chromium } from './chromium.ts'
import { processes } from './processes.ts'
import type { Missing, RunTime } from './run-time.ts'
import { workerd } from './workerd.ts'

/** The Node of this process, which is enough for `npm test`. */
const own = `Node ${process.versions.node.split('.')[0]}`
const all = isLong ? [...processes(), workerd(), chromium()] : processes().filter(({ name }) => name === own)

export const found: RunTime[] = all.filter((one): one is RunTime => 'run' in one)
export const missing: Missing[] = all.filter((one): one is Missing => 'how' in one)
/** True if every run time must be here, as in CI. */
export const mustBeComplete = process.env['RUNTIMES'] === 'all'
