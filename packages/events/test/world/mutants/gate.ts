import type { Mutant } from './mutant.ts'

const file = 'delivery/gate.ts'

/** Of what holds for all lanes: the gate and the bounds of the queue. */
export const mutants: readonly Mutant[] = [
  {
    breaks: 'Other lanes go while a probe is on its way.',
    file,
    find: "return this.#state === 'probing' || now < this.#opensAt ? 0 : Math.min(1, wanted)",
    replace: 'return now < this.#opensAt ? 0 : Math.min(1, wanted)',
  },
  {
    breaks: 'A late answer shortens the wait of a closed gate.',
    file,
    find: 'Math.max(this.#opensAt, until)',
    replace: 'until',
  },
  {
    breaks: 'A probe opens the gate though a late answer has asked for a longer wait.',
    file,
    find: 'if (!isProbe || this.#opensAt > now) return undefined',
    replace: 'if (!isProbe) return undefined',
  },
  {
    breaks: 'A probe that was cut is not given back.',
    file,
    find: '  cut(isProbe: boolean): void {\n    if (isProbe) this.#state = this.#probedFrom',
    replace: '  cut(isProbe: boolean): void {\n    void isProbe',
  },
  {
    breaks: 'The probe is always of the oldest lane.',
    file: 'delivery/delivery-loop.ts',
    find: "this.#gate.closed ? 'fewest-attempts' : 'oldest'",
    replace: "this.#gate.closed ? 'oldest' : 'oldest'",
  },
  {
    breaks: 'The gate never closes, however many fail.',
    file,
    find: 'return isProbe || this.#failures.isGeneral ? this.#close(undefined, isProbe, now) : undefined',
    replace: 'return isProbe ? this.#close(undefined, isProbe, now) : undefined',
  },
  {
    breaks: 'The gate waits ten times as long as the API asks.',
    file,
    find: '(1 + Math.random() / 10)\n    if (askedMs',
    replace: '(10 + Math.random() / 10)\n    if (askedMs',
  },
  {
    breaks: 'The queue takes one event more than it may.',
    file: 'delivery/queue-limits.ts',
    find: 'this.#events + events <= maxEvents',
    replace: 'this.#events + events <= maxEvents + 1',
  },
  {
    breaks: 'The queue takes more bytes than it may.',
    file: 'delivery/queue-limits.ts',
    find: 'this.#bytes + bytes <= maxBytes',
    replace: 'this.#bytes + bytes <= maxBytes + 500',
  },
  {
    breaks: 'The queue refuses what it could take.',
    file: 'delivery/queue-limits.ts',
    find: 'const leaving = this.#fits(1, bytes)',
    replace: 'const leaving = this.#fits(2, bytes)',
  },
  {
    breaks: 'More leave a full queue than have to.',
    file: 'delivery/queue-limits.ts',
    find: 'if (this.#fits(1 - leaving.length, bytes - freed)) return leaving',
    replace: 'if (this.#fits(2 - leaving.length, bytes - freed)) return leaving',
  },
]
