import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mock } from '@obsidianlaunch/events-mock'
import { Arrivals } from './arrivals.ts'
import type { CommandLine } from './command-line.ts'
import { faultsFor } from './faults.ts'
import { count, say, tone } from './say.ts'

interface Import {
  mock: Mock
  obsidianEvents: CommandLine
  file: string
  /** Number of lines that are not blank. */
  lines: number
  stop: AbortSignal
}

/** Lets the command line send a file while the mock misbehaves. @returns whether the mock has seen all of it, in order */
export async function importFile({ mock, obsidianEvents, file, lines, stop }: Import): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'events-demo-'))
  const [journal, rejects] = [join(home, 'journal'), join(home, 'rejects')]
  mock.fail(faultsFor(lines))
  const arrivals = new Arrivals(mock)
  const watching = setInterval(() => arrivals.update(), 100)
  try {
    await obsidianEvents('track', '--from', file, { unseen: ['--journal', journal, '--rejects', rejects] })
    arrivals.update()
    const refused = (await readFile(rejects, 'utf8').catch(() => '')).split('\n').length - 1
    // Who stops it has not sent all of it.
    return tell(arrivals, stop.aborted ? undefined : lines - refused - arrivals.events)
  } finally {
    clearInterval(watching)
    await rm(home, { recursive: true })
  }
}

function tell({ answers, customers, broken, violations }: Arrivals, lost: number | undefined): boolean {
  say(`\n${tone('bold', 'What the mock saw')}`)
  for (const [status, times] of answers) say(`  ${status}${count(times).padStart(9)}`)
  const verdicts = [
    lost === undefined || verdict(lost === 0, 'every line is accounted for', `${count(lost)} lines did not arrive`),
    verdict(broken.size === 0, `order kept for ${count(customers)} customers`, `order broken: ${[...broken].join()}`),
    verdict(
      violations === 0,
      'no violation of the OpenAPI document',
      `${count(violations)} violations of the OpenAPI document`,
    ),
  ]
  return verdicts.every(Boolean)
}

function verdict(isGood: boolean, good: string, bad: string): boolean {
  say(isGood ? `${tone('green', '✓')} ${good}` : `${tone('red', '✗')} ${bad}`)
  return isGood
}
