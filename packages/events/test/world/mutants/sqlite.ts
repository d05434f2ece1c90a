import type { Mutant } from './mutant.ts'

const lanes = 'outbox/sqlite/lanes.ts'

export const mutants: readonly Mutant[] = [
  {
    breaks: 'Turns start at 0 in each process, and lanes are looked for only behind the last one that was lent.',
    file: lanes,
    find: 'for (const { customer, due } of this.#walk()) {\n      if (due > now) break',
    replace:
      'for (const { customer, due } of this.#walk()) {\n      if (due > now) break\n      if (due < now - 300_000) continue',
  },
  {
    breaks: 'Ids of delivered events are not remembered, and the same id is sent again.',
    file: lanes,
    find: 'else if (!entry.hasMintedId) this.#seen.add(entry, now)\n      if (head',
    replace: 'if (head',
  },
  {
    breaks: 'A waiting lane keeps the due time that an earlier clock gave it.',
    file: 'outbox/sqlite/sqlite-outbox.ts',
    find: 'store.lanes.shortenWaits()',
    replace: '',
  },
  {
    breaks: 'Erasing a customer leaves the dead letters.',
    file: lanes,
    find: 'dead: this.#dead.forget(customerId) }',
    replace: 'dead: 0 }',
  },
  {
    breaks: 'The next event of a lane goes to the front of it before the one that waits.',
    file: lanes,
    find: 'this.#chains.link(lane.tail, seq)',
    replace: 'if (seq % 5 !== 0) this.#chains.link(lane.tail, seq)',
  },
  {
    breaks: 'An append that failed as busy is acknowledged.',
    file: 'outbox/sqlite/group-commit.ts',
    find: "if ('error' in outcome) reject(outcome.error)",
    replace:
      "if ('error' in outcome && calls.length < 2) reject(outcome.error)\n    else if ('error' in outcome) resolve(['stored'] as never)",
  },
  {
    breaks: 'A transaction that was rolled back is acknowledged.',
    file: 'outbox/sqlite/transaction.ts',
    find: '      this.#log.doubt(thrown)\n      return { error: this.#file.errorOf(thrown) }\n    }\n    return writes',
    replace:
      '      this.#log.doubt(thrown)\n      return outcomes! ?? { error: this.#file.errorOf(thrown) }\n    }\n    return writes',
  },
  {
    breaks: 'What was remembered while the disk was full is never written.',
    file: 'outbox/sqlite/transaction.ts',
    find: '(this.lanes.ahead.isEmpty ? undefined : this.#writeAhead())',
    replace: 'undefined',
  },
]
