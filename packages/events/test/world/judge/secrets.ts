import { inspect } from 'node:util'
import type { Verdict } from './verdict.ts'

/** Looks for tokens where none may be. */
export class Secrets {
  readonly #verdict: Verdict
  readonly #tokens: ReadonlySet<string>

  constructor(verdict: Verdict, tokens: ReadonlySet<string>) {
    this.#verdict = verdict
    this.#tokens = tokens
  }

  judge(where: string, shown: string | Buffer): void {
    for (const token of this.#tokens) {
      this.#verdict.expect(!shown.includes(token), 'the token is in its header and nowhere else', () => where)
    }
  }

  /** Whatever a log can make of a value. */
  judgeValue(where: string, value: unknown): void {
    this.judge(where, inspect(value, { depth: 5 }))
    this.judge(where, JSON.stringify(value) ?? '')
  }
}
