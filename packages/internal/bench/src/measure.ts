import { fileURLToPath } from 'node:url'
import { succeed } from '@obsidianlaunch/testkit/run'

export type Figures = Record<string, number>

/** Runs one of the programs in `runs/` in a process of its own. @returns the figures that it printed */
export async function measure(run: string, args: (string | number)[], nodeOptions: string[] = []): Promise<Figures> {
  const program = fileURLToPath(new URL(`./runs/${run}.ts`, import.meta.url))
  const all = [...nodeOptions, program, ...args.map(String)]
  const stdout = await succeed(process.execPath, all, { timeoutMs: 600_000 })
  return (stdout === '' ? {} : JSON.parse(stdout)) as Figures
}

/** Measures several things in turns, so that what else the machine does falls on all of them. */
export async function inTurns<K>(
  keys: K[],
  rounds: number,
  once: (key: K) => Promise<Figures>,
): Promise<Map<K, Figures[]>> {
  const all = new Map<K, Figures[]>(keys.map((key) => [key, []]))
  for (let round = 0; round < rounds; round++) for (const key of keys) all.get(key)?.push(await once(key))
  return all
}

export interface Spread {
  median: number
  least: number
  most: number
}

export function spreadOf(figures: Figures[] | undefined, name: string): Spread {
  const sorted = (figures ?? []).map((one) => one[name] ?? NaN).toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN
  return { median, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN }
}
