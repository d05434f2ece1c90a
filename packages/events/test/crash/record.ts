import { openSync, readFileSync, writeSync } from 'node:fs'

/**
 * The deeds of a writer, in its own words: one line for each event, `what customer number`. A line is written in one
 * piece before the writer goes on, so that it stands when the writer is killed.
 */
export type What =
  /** The call was acknowledged. */
  | 'stored'
  /** The other side has it. */
  | 'sent'
  /** The delivery was recorded. */
  | 'settled'
  /** It was recorded as a dead letter. */
  | 'dead'
  /** It was asked to erase whatever is kept of the customer; of no event. */
  | 'erasing'
  /** Its erasure was acknowledged. */
  | 'erased'

export interface Step {
  what: What
  customer: string
  number: number
}

export class Recorder {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(what: What, events: readonly { customerId: string; id: string }[]): void {
    if (events.length === 0) return
    writeSync(this.#file, events.map(({ customerId, id }) => `${what} ${customerId} ${id}\n`).join(''))
  }
}

/** The steps from `offset` on; a line that was cut was not written. */
export function readSteps(path: string, offset: number): { steps: Step[]; offset: number } {
  const text = readFileSync(path, 'latin1').slice(offset)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return { steps: stepsOf(whole), offset: offset + text.length }
}

/** The steps of whole lines. */
export function stepsOf(lines: string): Step[] {
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [what, customer, number] = line.split(' ') as [What, string, string]
      return { what, customer, number: Number(number) }
    })
}
