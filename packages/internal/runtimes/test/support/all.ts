import { chromium } from './chromium.ts'
import { processes } from './processes.ts'
import type { Missing, RunTime } from './run-time.ts'
import { workerd } from './workerd.ts'

const all = [...processes(), workerd(), chromium()]

export const found: RunTime[] = all.filter((one): one is RunTime => 'run' in one)
export const missing: Missing[] = all.filter((one): one is Missing => 'how' in one)
/** True if every run time must be here, as in CI. */
export const mustBeComplete = process.env['RUNTIMES'] === 'all'
