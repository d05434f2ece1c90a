import { OutboxError } from '../../errors/errors.ts'
import { elapsedTime, soon } from '../../platform/platform.ts'
import { isCommon, isFull, unwrittenError } from './errors.ts'
import type { OpenFile } from './file.ts'
import { pollWhileBusy } from './file-lock.ts'
import { LogErasure } from './log.ts'
import type { NodeModules } from './node-modules.ts'
import { type Failure, type Outcome, type StoreLimits, Transactions, type Work } from './transaction.ts'

/** The number of lanes and ends that are ahead of the file of which one commit brings it up to date. */
const stepSize = 500
/** The time for which it is not tried again, after that failed, for what does not need it. */
const recoverMs = 250
/** The time for which the log is kept small after the disk was full. */
const tightMs = 60_000

/**
 * An open file that goes on where its disk is full, or another program holds it: new events wait or are refused, and what
 * is stored is still delivered.
 *
 * | state   | becomes | when                                                                                        |
 * |---------|---------|---------------------------------------------------------------------------------------------|
 * | even    | behind  | the end of an attempt cannot be written: memory knows it, and lanes go on from there        |
 * | any     | full    | the disk is full, and the log, which takes what becomes free, cannot be moved into the file: nothing is added |
 * | full    | behind  | the log is moved                                                                            |
 * | behind  | even    | all that memory knows is written                                                            |
 */
export class Store {
  readonly #file: OpenFile
  readonly #now: () => number
  readonly #transactions: Transactions
  readonly #erasure: LogErasure
  /** Reasons for which nothing may be added. */
  #full: Failure | undefined
  /** Until when the log is kept small; 0 where it is not. */
  #tightUntil = 0
  /** The moment at which to take up again what could not be done. */
  #recoversAt = 0

  constructor(modules: NodeModules, file: OpenFile, now: () => number, limits: StoreLimits) {
    this.#file = file
    this.#now = now
    this.#transactions = new Transactions(modules, file, now, limits)
    this.#erasure = new LogErasure(() => file.emptyLog())
  }

  /** Takes over what an earlier owner has left. */
  takeOver(): void {
    if (!this.#shortenWaits()) {
      // The log that a crash has left may take the space for it. Where that does not help, the next owner does it.
      this.#file.emptyLog()
      this.#shortenWaits()
    }
    // An earlier owner may have been kept from it, or killed before.
    this.eraseLog()
  }

  /**
   * Carries out all in one transaction; where that fails, as many of them as can be carried out. Where `mayWait` and
   * another program holds the file, what needs the file has no outcome: nothing of it is done.
   */
  carryOut(works: readonly Work[], mayWait: boolean): (Outcome | undefined)[] {
    if (this.#tightUntil > 0 && this.#now() >= this.#tightUntil) this.#tightUntil = 0
    if (this.#isBehind) this.#recover(works.some(({ lasts }) => lasts))
    return this.#isBehind ? this.#carryOutBehind(works, mayWait) : this.#carryOut(works, mayWait)
  }

  /** Sees to it that the write-ahead log, in which what was erased still stands, is emptied as soon as that is possible. */
  eraseLog(): void {
    this.#erasure.start()
  }

  /**
   * Leases end here, and the file takes no more space than it needs.
   *
   * @param givenUp ends the wait for another program that holds it
   * @throws where it does not know what was delivered
   */
  async close(givenUp: AbortSignal): Promise<void> {
    this.#erasure.stop()
    const error = await this.#writeAll(givenUp)
    const { ends } = this.#unwritten
    await this.#giveBackAll(givenUp)
    this.#file.close(() => this.#file.log?.empty())
    if (error && ends > 0) throw unwrittenError(error, this.#file.path, ends)
  }

  get #unwritten() {
    return this.#transactions.lanes.unwritten
  }

  /** @returns whether there was space for it */
  #shortenWaits(): boolean {
    try {
      this.#transactions.lanes.shortenWaits()
      return true
    } catch (thrown) {
      if (isFull(thrown)) return false
      throw thrown
    }
  }

  /** Tells whether the file lacks what memory knows, so that ends have to follow one another there. */
  get #isBehind(): boolean {
    return this.#full !== undefined || !this.#unwritten.isEmpty
  }

  #carryOut(works: readonly Work[], mayWait: boolean): (Outcome | undefined)[] {
    const outcome = this.#run(works)
    if (Array.isArray(outcome)) return outcome
    if (isHeld(outcome)) return works.map((work) => (mayWait ? undefined : this.#carryOutHeld(work, outcome)))
    this.#makeRoom(outcome)
    return this.#runEach(works, outcome)
  }

  /** Carries a call out while another program writes: that keeps nobody from reading. */
  #carryOutHeld(work: Work, failure: Failure): Outcome {
    return work.reads ? this.#runAlone(work) : this.#remembered(work, failure)
  }

  /** Each alone, so that it fails for reasons of its own. What memory knows of one holds for those behind it. */
  #runEach(works: readonly Work[], failure: Failure): Outcome[] {
    const outcomes = works.map((): Outcome => failure)
    let refused: Outcome | undefined = this.#full
    for (const [index, work] of addingLast(works)) {
      const alone: Outcome = work.adds
        ? (refused ?? this.#addAlone(work))
        : this.#remembered(work, this.#runAlone(work))
      outcomes[index] = alone
      if (work.adds && 'error' in alone && isCommon(alone.error)) refused = alone
    }
    return outcomes
  }

  /** Adds, and where there is no space drops ids of delivered events, if what is added fits then. */
  #addAlone(work: Work): Outcome {
    const alone = this.#runAlone(work)
    if (!('error' in alone && isOfRoom(alone))) return alone
    const outcomes = this.#run([makingRoom, work])
    return Array.isArray(outcomes) ? (outcomes[1] as Outcome) : alone
  }

  #runAlone(work: Work): Outcome {
    const outcome = this.#run([work])
    return Array.isArray(outcome) ? (outcome[0] as Outcome) : outcome
  }

  #run(works: readonly Work[]): Outcome[] | Failure {
    return this.#transactions.run(works, this.#tightUntil > 0)
  }

  #carryOutBehind(works: readonly Work[], mayWait: boolean): (Outcome | undefined)[] {
    // First what memory is to know: nobody may find pending what has left.
    const outcomes = works.map((work) => this.#withoutFile(work))
    const written = works.filter((_, index) => outcomes[index] === undefined)
    const answers = written.length > 0 ? this.#carryOut(written, mayWait) : []
    let next = 0
    return outcomes.map((outcome) => outcome ?? answers[next++])
  }

  /** Ends of attempts go the way of those before them, and nothing is added to a full disk. */
  #withoutFile(work: Work): Outcome | undefined {
    if (work.adds) return this.#full
    return work.remember && { answer: work.remember(this.#transactions) }
  }

  /** Keeps an end in memory that cannot be written now. */
  #remembered(work: Work, outcome: Outcome): Outcome {
    if (work.remember === undefined || !('error' in outcome)) return outcome
    if (!isCommon(outcome.error) || hasMoved(outcome)) return outcome
    return { answer: work.remember(this.#transactions) }
  }

  /**
   * Takes up again what could not be done: first the log moves into the file, then the file learns what memory knows. To try
   * that in vain costs much, so only what is to last has it done each time.
   */
  #recover(isUrgent: boolean): void {
    if (!isUrgent && elapsedTime() < this.#recoversAt) return
    if (this.#full && this.#file.emptyLog().isMoved) this.#full = undefined
    const failure = this.#full ?? (this.#unwritten.isEmpty ? undefined : this.#writeSome())
    this.#recoversAt = failure ? elapsedTime() + recoverMs : 0
  }

  /** Writes some of what memory knows. */
  #writeSome(): Failure | undefined {
    let written: string[] = []
    const outcome = this.#run([{ run: ({ lanes }) => (written = lanes.writeUnwritten(stepSize)) }])
    if (!Array.isArray(outcome)) {
      this.#makeRoom(outcome)
      return outcome
    }
    for (const customerId of written) this.#unwritten.delete(customerId)
    return undefined
  }

  /** Writes all that memory knows, a step a turn, as far as waiting for another program helps. @returns why not all */
  async #writeAll(givenUp: AbortSignal): Promise<unknown> {
    let failure: Failure | undefined
    const isDone = (): true | undefined => {
      failure = this.#writeSome()
      return failure && isHeld(failure) ? undefined : true
    }
    while (!this.#unwritten.isEmpty) {
      if (!isDone()) await pollWhileBusy(isDone, givenUp)
      if (failure) return failure.error
      await new Promise<void>(soon)
    }
    return undefined
  }

  /** Gives back to the disk what is free, a step a turn, for as long as somebody waits for that. */
  async #giveBackAll(givenUp: AbortSignal): Promise<void> {
    // A reader changes nothing.
    if (this.#file.log === undefined) return
    while (!givenUp.aborted) {
      const outcome = this.#runAlone(givingBack)
      if ('error' in outcome || outcome.answer === false) return
      await new Promise<void>(soon)
    }
  }

  #makeRoom(failure: Failure): void {
    if (!isOfRoom(failure) || failure.isOfLimit) return
    this.#tightUntil = this.#now() + tightMs
    this.#full = this.#file.emptyLog().isMoved ? undefined : failure
  }
}

/**
 * Puts what adds last, so that what frees has been done, but not behind what takes out what was added: nobody comes back
 * who was erased.
 */
function addingLast(works: readonly Work[]): (readonly [number, Work])[] {
  const ordered: (readonly [number, Work])[] = []
  const adding: (readonly [number, Work])[] = []
  for (const each of works.entries()) {
    const [, { adds, takesOut }] = each
    if (takesOut) ordered.push(...adding.splice(0))
    if (adds) adding.push(each)
    else ordered.push(each)
  }
  return [...ordered, ...adding]
}

/** Part of a transaction that has no space for what it adds: taken back with it where that is still too little. */
const makingRoom: Work = { run: ({ deliveredIds }) => deliveredIds.makeRoom() }

const givingBack: Work = { run: ({ size }) => size.giveBackSome() }

/** Tells whether what is in the file now is not this owner's. */
function hasMoved({ error }: Failure): boolean {
  return error instanceof OutboxError && error.problem === 'moved'
}

/** Tells whether there was no space. */
function isOfRoom({ error }: Failure): boolean {
  return error instanceof OutboxError && error.problem === 'full'
}

/** Tells whether another program holds the file. */
function isHeld({ error }: Failure): boolean {
  return error instanceof OutboxError && error.problem === 'busy'
}
