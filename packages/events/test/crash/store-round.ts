import type { Figures, Round } from './crash.ts'
import { CrashedFile } from './crashed-file.ts'
import { outboxName, type OutboxName } from './outbox-under-test.ts'
import type { Random } from './random.ts'
import { StoreLedger } from './store-ledger.ts'

/** In the writer's environment, where a token is; it must not get into a file. */
const token = 'tok_that_nobody_must_ever_find_on_a_disk'

/** A file whose writers use an outbox without a tracker. */
export class StoreRound implements Round {
  readonly file: CrashedFile
  readonly #ledger = new StoreLedger()
  readonly #env: Record<string, string>

  constructor(random: Random, outbox: OutboxName = outboxName) {
    this.#env = { EVENT_TRACKING_AUTH_TOKEN: token, CRASH_OUTBOX: outbox }
    // A thread takes a while to start.
    this.file = new CrashedFile(random, outbox === 'sqlite-thread' ? 1_200 : 400)
  }

  get figures(): Figures {
    const { stored, settled, repeats } = this.#ledger
    return { acknowledged: stored, settled, repeats }
  }

  async kill(): Promise<string[]> {
    const { steps, broken } = await this.file.killOne('store-writer.ts', this.#env)
    this.#ledger.add(steps)
    const read = this.file.read()
    this.#ledger.compare(read.contents)
    return [...broken, ...this.file.leaks(token), ...read.broken, ...this.#ledger.broken]
  }

  end(): Promise<string[]> {
    return Promise.resolve([])
  }
}
