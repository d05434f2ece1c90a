import { exitCodes, failureFrom } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'

export type Status = 'ok' | 'warning' | 'failure' | 'skipped'

/** Result of a check. A warning and a failure say what to do. */
export type Finding<T = unknown> = FindingParts<T> &
  ({ status: 'ok' | 'skipped'; advice?: undefined } | { status: 'warning' | 'failure'; advice: string })

interface FindingParts<T> {
  message: string
  /** Figures for scripts. */
  facts?: Record<string, unknown>
  /** True if the token or another setting is wrong. */
  isConfiguration?: boolean
  /** Value that later checks need. Without it they are skipped. */
  yields?: T
}

type More<T> = Omit<FindingParts<T>, 'message'>

/** Advice where the message names the remedy. */
export const asTheMessageSays = 'Do what the line above says, then run the doctor again.'

export function ok<T>(message: string, more: More<T> = {}): Finding<T> {
  return { status: 'ok', message, ...more }
}

export function warning<T>(message: string, advice: string, more: More<T> = {}): Finding<T> {
  return { status: 'warning', message, advice, ...more }
}

export function failure<T>(message: string, advice: string, more: More<T> = {}): Finding<T> {
  return { status: 'failure', message, advice, ...more }
}

export function skipped<T>(message: string): Finding<T> {
  return { status: 'skipped', message }
}

/** Check that was made, for those that need its value. */
export interface Checked<T> {
  name: string
  yields?: T
}

type Yields<Needs extends readonly Checked<unknown>[]> = {
  [Index in keyof Needs]: Needs[Index] extends Checked<infer T> ? T : never
}

const signs = { ok: ['green', '✓'], warning: ['yellow', '!'], failure: ['red', '✗'], skipped: ['dim', '–'] } as const
const labelWidth = 13

/** Makes one check after the other, and prints each as it is made. */
export class Checklist {
  readonly #shell: Shell
  readonly #counts = { ok: 0, warning: 0, failure: 0, skipped: 0 }
  #exitCode: number = exitCodes.ok

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** @param run is given what the checks in `needs` have yielded; it is left out where one of them has nothing */
  async check<T, const Needs extends readonly Checked<unknown>[]>(
    name: string,
    needs: Needs,
    run: (...given: Yields<Needs>) => Finding<T> | Promise<Finding<T>>,
  ): Promise<Checked<T>> {
    if (this.#shell.stopped.aborted) return { name }
    const missing = needs.find((need) => need.yields === undefined)
    const { out, options } = this.#shell
    if (out.live && !options.json) out.rewrite(out.tone('dim', `… ${name}`))
    const finding = missing
      ? skipped<T>(`Not checked, because of ${missing.name}.`)
      : await made(() => run(...(needs.map((need) => need.yields) as Yields<Needs>)))
    if (!this.#shell.stopped.aborted) this.#note(name, finding)
    return { name, ...('yields' in finding && { yields: finding.yields }) }
  }

  /** Prints the summary, and sets the exit code. */
  close(): void {
    if (this.#shell.stopped.aborted) return this.#shell.out.clear()
    const { ok: good, warning: warnings, failure: failures, skipped: left } = this.#counts
    const exitCode = this.#exitCode
    const record = { type: 'summary', ok: good, warnings, failures, skipped: left, exitCode }
    this.#shell.report(record, () => {
      const { out } = this.#shell
      const sum = [`${good} ok`, `${warnings} to look at`, `${failures} failed`, `${left} skipped`].join(', ')
      out.print()
      out.wrap('', sum, failures > 0 ? 'red' : warnings > 0 ? 'yellow' : 'green')
    })
    this.#shell.exitCode = exitCode
  }

  #note(name: string, { status, message, advice, facts, isConfiguration }: Finding): void {
    this.#counts[status]++
    if (status === 'failure') {
      this.#exitCode = Math.max(this.#exitCode, isConfiguration ? exitCodes.configuration : exitCodes.failed)
    }
    const record = { type: 'check', check: name, status, message, ...(advice && { advice }), ...(facts && { facts }) }
    this.#shell.report(record, () => {
      const { out } = this.#shell
      const [tone, sign] = signs[status]
      const lead = `${out.tone(tone, sign)} ${name.padEnd(labelWidth)}`
      out.wrap(lead, message, status === 'skipped' ? 'dim' : undefined)
      if (advice !== undefined) out.wrap(`${' '.repeat(labelWidth + 2)}→ `, advice)
    })
  }
}

/** Runs a check, and turns a failure that it throws into a finding. */
async function made<T>(run: () => Finding<T> | Promise<Finding<T>>): Promise<Finding<T>> {
  try {
    return await run()
  } catch (error) {
    const { message, exitCode } = failureFrom(error)
    const isConfiguration = exitCode === exitCodes.configuration
    return failure(plain(message), asTheMessageSays, { isConfiguration })
  }
}
