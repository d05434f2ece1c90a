import type { CrashedFile } from './crashed-file.ts'
import { Random } from './random.ts'

export interface CrashOptions {
  kills: number
  seed: number
  /** Number of events that must be acknowledged, however many kills that takes. */
  acknowledged?: number
  /** Told after each kill. */
  onKill?: (report: CrashReport) => void
}

/** The kills and events of a run, in numbers. */
export interface Figures {
  acknowledged: number
  [what: string]: number
}

export interface CrashReport {
  kills: number
  figures: Figures
  broken: string[]
}

/** One life of a file, and its end. */
export interface Round {
  readonly file: CrashedFile
  readonly figures: Figures
  /** Kills a writer. @returns what is wrong now */
  kill(): Promise<string[]>
  /** After the last kill. @returns what is wrong in the end */
  end(): Promise<string[]>
}

const killsPerFile = 25

/** Kills writers of one file after another, at random moments, until there were enough, or something is wrong. */
export async function crash(
  begin: (random: Random) => Round,
  { kills, seed, acknowledged = 0, onKill }: CrashOptions,
): Promise<CrashReport> {
  const random = new Random(seed)
  const report: CrashReport = { kills: 0, figures: { acknowledged: 0 }, broken: [] }
  const goesOn = () =>
    report.broken.length === 0 && (report.kills < kills || report.figures.acknowledged < acknowledged)
  while (goesOn()) {
    const round = begin(random)
    const before = report.figures
    for (let left = killsPerFile; left > 0 && goesOn(); left--) {
      report.broken.push(...(await round.kill()))
      report.kills++
      report.figures = sum(before, round.figures)
      onKill?.(report)
    }
    if (report.broken.length === 0) report.broken.push(...(await round.end()))
    report.figures = sum(before, round.figures)
    if (report.broken.length === 0) round.file.remove()
    else report.broken.push(`the files are kept in ${round.file.directory}`)
  }
  return report
}

function sum(a: Figures, b: Figures): Figures {
  return Object.fromEntries(Object.entries(b).map(([what, count]) => [what, count + (a[what] ?? 0)])) as Figures
}
