import type { Mutant } from './mutant.ts'

const isOfSeveral = true

/** Of what several owners of an outbox do to each other. */
export const mutants: readonly Mutant[] = [
  {
    breaks: 'Nobody hears how an event has ended elsewhere.',
    file: 'delivery/opening.ts',
    find: 'if (!this.#hasClosed) this.#loop.hear(ends)',
    replace: 'if (!this.#hasClosed) this.#loop.moveOn()',
    isOfSeveral,
  },
  {
    breaks: 'An event that nobody awaits and that has ended elsewhere is not counted.',
    file: 'delivery/outcomes.ts',
    find: "if (this.ledger.end(end.kind === 'forgotten' ? 'dropped' : end.kind, false)) this.#promises.ended(-1)",
    replace: '',
    isOfSeveral,
  },
  {
    breaks: 'An event that has died elsewhere is told as delivered.',
    file: 'delivery/failure.ts',
    find: "if (end.kind === 'delivered') {",
    replace: "if (end.kind !== 'forgotten') {",
    isOfSeveral,
  },
  {
    breaks: 'What the outbox holds for all is counted by each.',
    file: 'delivery/opening.ts',
    find: 'if (!isShared) this.#outcomes.ledger.found(counts)',
    replace: 'this.#outcomes.ledger.found(counts)',
    isOfSeveral,
  },
  {
    breaks: 'A flush waits for what others have stored.',
    file: 'delivery/opening.ts',
    find: 'this.#promises.opened(isShared ? 0 : counts.pending)',
    replace: 'this.#promises.opened(counts.pending + 1)',
    isOfSeveral,
  },
  {
    breaks: 'A claim that is never answered is waited for.',
    file: 'delivery/outbox-client.ts',
    find: '      leaseMs,\n      late,\n',
    replace: '',
    isOfSeveral,
  },
  {
    breaks: 'An event that nobody waits for any longer is given up twice when it turns out to be stored.',
    file: 'delivery/outcomes.ts',
    find: 'if (event.isOfThisProcess) this.ledger.release()',
    replace: 'this.ledger.release()',
    isOfSeveral,
  },
  {
    breaks: 'Events with and without ids of their own are stored together, and change places when the answer is lost.',
    file: 'delivery/append.ts',
    find: 'if (areMixed && mustWait(event, events)) break',
    replace: '',
    isOfSeveral,
  },
  {
    breaks: 'An append that is never answered is waited for.',
    file: 'delivery/open-calls.ts',
    find: 'patienceMs = 120_000',
    replace: 'patienceMs = Infinity',
    isOfSeveral,
  },
  {
    breaks: 'What was lent for so long that another may have it is sent.',
    file: 'delivery/outbox-client.ts',
    find: 'if (this.#time.elapsed() < leaseEnd) return goOn(claims)',
    replace: 'if (leaseEnd > 0) return goOn(claims)',
    isOfSeveral,
  },
  {
    breaks:
      'What the outbox had already is taken off the calls though it was never counted, as after a forget of what others had stored.',
    file: 'delivery/outcomes.ts',
    find: 'const areKnown = this.#hasPending(pending) === pending',
    replace: 'const areKnown = pending > 0',
    isOfSeveral,
  },
]
