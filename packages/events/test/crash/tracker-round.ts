import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import type { TrackerStats } from '../../src/index.ts'
import { Api } from './api.ts'
import type { Contents } from './contents.ts'
import type { Figures, Round } from './crash.ts'
import { CrashedFile } from './crashed-file.ts'
import { outboxName, type OutboxName } from './outbox-under-test.ts'
import { start } from './process.ts'
import { Random } from './random.ts'
import { TrackerLedger } from './tracker-ledger.ts'
import { concurrency } from './tracker-under-test.ts'

const token = 'tok_that_nobody_must_ever_find_on_a_disk'
const host = '127.0.0.1'

/** A file whose writers are trackers, and the API that they send to. */
export class TrackerRound implements Round {
  readonly file: CrashedFile
  readonly #api: Api
  readonly #url: Promise<string>
  readonly #outbox: OutboxName
  readonly #ledger = new TrackerLedger(concurrency)
  #dead = 0

  constructor(random: Random, outbox: OutboxName = outboxName) {
    this.#outbox = outbox
    this.file = new CrashedFile(random, 1_500)
    this.#api = new Api(new Random(random.below(1e9)))
    this.#url = this.#api.listen()
  }

  get figures(): Figures {
    const { acknowledged, arrivals, delivered, retries, resent } = this.#ledger
    return { acknowledged, arrivals, delivered, dead: this.#dead, retries, resent }
  }

  async kill(): Promise<string[]> {
    this.#api.life = this.file.lives
    const { steps, broken } = await this.file.killOne('tracker-writer.ts', await this.#env())
    this.#ledger.acknowledge(steps)
    return [...broken, ...(await this.#look()).broken]
  }

  /** Lets a last process deliver all that is left. */
  async end(): Promise<string[]> {
    this.#api.life = this.file.lives
    this.#api.isCalm = true
    const before = this.file.read().contents
    const drain = start('tracker-drain.ts', [this.file.path], await this.#env())
    const [said] = await Promise.all([text(drain.stdout as Readable), once(drain, 'exit')])
    const sent = this.#api.arrivals.filter(({ status }) => status === 200).length
    const { contents, broken } = await this.#look()
    this.#api.close()
    const books = bookFaults(said, before, contents, sent)
    return contents.pending.size > 0
      ? [...broken, ...books, 'the last process has left something']
      : [...broken, ...books]
  }

  async #env(): Promise<Record<string, string>> {
    return { EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: await this.#url, CRASH_OUTBOX: this.#outbox }
  }

  async #look(): Promise<{ contents: Contents; broken: string[] }> {
    await this.#api.quiet()
    this.#ledger.arrive(this.#api.arrivals.splice(0))
    const { contents, broken } = this.file.read()
    this.#ledger.compare(contents)
    this.#dead = contents.dead.size
    return { contents, broken: [...this.file.leaks(token, host), ...broken, ...this.#ledger.broken] }
  }
}

/** Checks that the last process has counted what it found, delivered and gave up. */
function bookFaults(said: string, before: Contents, after: Contents, delivered: number): string[] {
  const found = [...before.pending.values()].flat().length + before.dead.size
  const expected: TrackerStats = {
    accepted: found,
    delivered,
    rejected: 0,
    dropped: 0,
    dead: after.dead.size,
    pending: 0,
  }
  const books = JSON.stringify(expected)
  return said.trim() === books ? [] : [`the counts of the last process are ${said.trim()}, not ${books}`]
}
