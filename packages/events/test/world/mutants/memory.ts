import type { Mutant } from './mutant.ts'

const file = 'outbox/memory/memory-outbox.ts'

export const mutants: readonly Mutant[] = [
  {
    breaks: 'A lane whose head is to be tried again is never found again.',
    file,
    find: 'this.#waiting.push(lane)\n      return true',
    replace: 'return true',
  },
  {
    breaks: 'A lane is lent a second time while its head is in flight.',
    file,
    find: 'lane.lent = claim\n',
    replace: 'lane.lent = claim\n        if (this.#pending % 5 === 0) this.#ready.push(lane)\n',
  },
  {
    breaks: 'The next event of a lane is not looked for after the first one was delivered.',
    file,
    find: 'else this.#ready.push(lane)\n    return true',
    replace: 'return true',
  },
  {
    breaks: 'After an event that was taken out its lane, which waited, stays asleep.',
    file,
    find: 'this.#lanes.set(next.customerId, next)\n      this.#ready.push(next)',
    replace: 'this.#lanes.set(next.customerId, next)',
  },
  {
    breaks: 'A retry is due at once, whatever wait was asked for.',
    file,
    find: 'this.#elapsed() + verdict.afterMs',
    replace: 'this.#elapsed()',
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
      'if (this.#head === undefined) this.#head = entry\n    else if (this.lent === undefined && this.#others === undefined) { (this.#others = new Fifo()).push(this.#head); this.#head = entry }',
  },
]
