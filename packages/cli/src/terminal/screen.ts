import { stripVTControlCharacters, styleText } from 'node:util'

export type Tone = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'

/** The part of a stream that a screen needs: process.stdout has it. */
export interface Output {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Prints to a terminal, with colours and one line that is rewritten, or to a file or pipe as plain text. */
export class Screen {
  /** True if lines can be rewritten. */
  readonly live: boolean
  readonly #output: Output
  #colour: boolean
  #rewriting = false
  #isBroken = false

  constructor(output: Output, env: NodeJS.ProcessEnv) {
    this.#output = output
    this.live = output.isTTY === true && env['TERM'] !== 'dumb'
    this.#colour = this.live && !env['NO_COLOR']
  }

  get columns(): number {
    // A terminal that does not know its width says 0.
    return this.#output.columns || 80
  }

  tone(tone: Tone, text: string): string {
    // Whether the stream takes colours was decided once, above.
    return this.#colour ? styleText(tone, text, { validateStream: false }) : text
  }

  /** Prints no colours from now on. */
  withoutColours(): void {
    this.#colour = false
  }

  /** Writes text as it is. */
  write(text: string): void {
    if (!this.#isBroken) this.#output.write(text)
  }

  print(text = ''): void {
    this.clear()
    this.write(`${text}\n`)
  }

  /** Prints text behind `lead`; in a terminal it is broken between words, each line as far in as the first. */
  wrap(lead: string, text: string, tone?: Tone): void {
    const margin = stripVTControlCharacters(lead).length
    const lines = this.live ? breakLines(text, Math.max(20, this.columns - margin)) : [text]
    for (const [index, line] of lines.entries()) {
      this.print((index === 0 ? lead : ' '.repeat(margin)) + (tone ? this.tone(tone, line) : line))
    }
  }

  /** Replaces the text of the last call; to be used only if `live`. */
  rewrite(line: string): void {
    this.write(`\r${line}\u001B[K`)
    this.#rewriting = true
  }

  /** Takes the rewritten line away. */
  clear(): void {
    if (this.#rewriting) this.write('\r\u001B[K')
    this.#rewriting = false
  }

  /** Drops all that is printed from now on, because its reader has gone, as behind `| head`. */
  break(): void {
    this.#isBroken = true
  }
}

function breakLines(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  // What has no spaces is cut: a piece for each line.
  const words = text.split(' ').flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
