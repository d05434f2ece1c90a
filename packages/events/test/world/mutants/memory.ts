import type { Mutant } from './mutant.ts'

const file = 'outbox/memory/memory-outbox.ts'

export const mutants: readonly Mutant[] = [
  {
    breaks: 'A lane whose head is to be tried again is never found again.',
    file,
    find: 'this.#waits.push(lane.wait)',
    replace: '',
  },
  {
    breaks: 'A lane is lent a second time while its head is in flight.',
    file,
    find: 'lane.claim = ++this.#claims',
    replace: 'lane.claim = ++this.#claims; if (this.#claims % 5 === 0) this.#ready.push(lane)',
  },
  {
    breaks: 'The next event of a lane is not looked for after the first one was delivered.',
    file,
    find: 'else this.#ready.push(lane)\n    return true',
    replace: 'return true',
  },
  {
    breaks: 'A delivered event stays at the head of its lane.',
    file,
    find: 'lane.shift()\n      this.#pending--',
    replace: 'if (this.#claims % 7 !== 0) lane.shift()\n      this.#pending--',
  },
  {
    breaks: 'After a forgotten event its lane, which waited, stays asleep.',
    file,
    find: 'if (wait !== undefined && lane.wait === undefined) this.#ready.push(lane)',
    replace: '',
  },
  {
    breaks: 'A retry is due at once, whatever wait was asked for.',
    file,
    find: 'due: this.#elapsed() + verdict.afterMs',
    replace: 'due: this.#elapsed()',
  },
  {
    breaks: 'Another event of the lane is taken out in the place of the one that was asked for.',
    file: 'outbox/memory/lane.ts',
    find: '(entry) => entry.id === id',
    replace: '(entry) => entry.id !== id',
  },
  {
    breaks: 'A newer event of a customer gets past an older one.',
    file: 'outbox/memory/lane.ts',
    find: 'if (this.#head === undefined) this.#head = entry',
    replace:
      'if (this.#head === undefined) this.#head = entry\n    else if (this.claim === 0 && this.#others === undefined) { (this.#others = new Queue()).push(this.#head); this.#head = entry }',
  },
]
