import type { Letter } from '../../wire.ts'
import { api } from './api.ts'
import type { Store } from './store.ts'

/** While many events die, the list is not read more often than this. */
const againMs = 1_000
/** An outbox that fails is asked less and less often, so that the page is no burden to it. */
const mostAgainMs = 30_000
/** As many as one request may replay. */
const atOnce = 1_000

/** The dead letters as far as they were loaded, kept up to date with their number. */
export class Letters {
  readonly #store: Store
  #next: string | undefined
  #work: Promise<void> | undefined
  #count: number | undefined
  #run: string | undefined
  #failures = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Loads again what was loaded, once the number of dead letters is another one. */
  update(): void {
    const { dead: count, hello, connection } = this.#store
    if (count === undefined || connection !== 'live' || this.#work !== undefined) return
    if (count === this.#count && hello?.run === this.#run) return
    this.#count = count
    this.#run = hello?.run
    this.#do(async () => {
      await this.#load(Math.max(1, this.#store.letters.length))
      await pause()
    })
  }

  /** Loads what comes after what was loaded. */
  more(): void {
    if (!this.#store.hasMoreLetters || this.#work !== undefined) return
    this.#do(async () => {
      const { letters, next } = await api.letters(this.#next)
      this.#next = next
      this.#store.showLetters([...this.#store.letters, ...letters], next !== undefined)
    })
  }

  /** Loads anew, since something was replayed or erased. */
  reload(): void {
    this.#count = undefined
    this.update()
  }

  /** Replays letters, as many at once as one request may. */
  async replay(ids: readonly string[]): Promise<number> {
    let replayed = 0
    for (let at = 0; at < ids.length; at += atOnce) replayed += await api.replay(ids.slice(at, at + atOnce))
    return replayed
  }

  /** Replays every letter, whether or not it was loaded. `told` hears how many have been so far. */
  async replayAll(told: (replayed: number) => void): Promise<number> {
    let replayed = 0
    for (let after: string | undefined; ;) {
      const { letters, next } = await api.letters(after)
      if (letters.length > 0) replayed += await api.replay(letters.map(({ id }) => id))
      told(replayed)
      if (next === undefined) return replayed
      after = next
    }
  }

  async #load(wanted: number): Promise<void> {
    const loaded: Letter[] = []
    let next: string | undefined
    do {
      const page = await api.letters(next)
      loaded.push(...page.letters)
      next = page.next
    } while (next !== undefined && loaded.length < wanted)
    this.#next = next
    this.#store.showLetters(loaded, next !== undefined)
  }

  #do(work: () => Promise<void>): void {
    this.#work = work()
      .then(() => void (this.#failures = 0))
      .catch(() => {
        this.#count = undefined
        this.#store.missLetters()
        return pause(Math.min(mostAgainMs, againMs * 2 ** ++this.#failures))
      })
      .finally(() => {
        this.#work = undefined
        this.update()
      })
  }
}

function pause(ms = againMs): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms))
}
