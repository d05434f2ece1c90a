import type { Answer } from '@obsidianlaunch/testkit/api'

/** Requests that are answered when the test says so, in the order of their arrival. */
export class Held {
  readonly #open: ((code: number) => void)[] = []
  #onArrival = () => {}

  readonly answer: Answer = (response) => {
    this.#open.push((code) => response.writeHead(code).end('{"success":true}'))
    this.#onArrival()
  }

  /** Waits for the next one. @returns what answers it */
  async next(): Promise<(code: number) => void> {
    for (;;) {
      const answer = this.#open.shift()
      if (answer !== undefined) return answer
      await new Promise<void>((resolve) => (this.#onArrival = resolve))
    }
  }
}
