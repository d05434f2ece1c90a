import type { Mutant } from './mutant.ts'

const lanes = 'outbox/sqlite/lanes.ts'

export const mutants: readonly Mutant[] = [
  {
    breaks: 'Lanes that have waited for long are not found any more.',
    file: 'outbox/sqlite/claims.ts',
    find: '      if (due > now) break\n',
    replace: '      if (due > now) break\n      if (due < now - 300_000) continue\n',
  },
  {
    breaks: 'Ids of delivered events are not remembered, and the same id is sent again.',
    file: lanes,
    find: '      else if (!entry.hasMintedId) this.#deliveredIds.add(deliveredIdOf(entry), now)\n',
    replace: '',
  },
  {
    breaks: 'An id that was delivered is taken for the same event, whatever its data are.',
    file: 'outbox/sqlite/delivered-ids.ts',
    find: "if (found.fingerprint !== null && found.fingerprint !== fingerprintOf(entry)) return 'taken'",
    replace: '',
  },
  {
    breaks: 'A waiting lane keeps the due time that an earlier clock gave it.',
    file: 'outbox/sqlite/store.ts',
    find: 'this.#transactions.lanes.shortenWaits()',
    replace: '',
  },
  {
    breaks: 'Erasing a customer leaves the dead letters.',
    file: lanes,
    find: 'dead: this.#dead.forget(customerId) }',
    replace: 'dead: 0 }',
  },
  {
    breaks: 'An event comes to the end of its lane and is linked to nothing.',
    file: lanes,
    find: 'if (this.#entries.linkToTail(customerId, seq)) this.#sql.grow.run(seq, customerId)',
    replace:
      'if (seq % 5 === 0 && this.#sql.ends.get(customerId)) this.#sql.grow.run(seq, customerId)\n    else if (this.#entries.linkToTail(customerId, seq)) this.#sql.grow.run(seq, customerId)',
  },
  {
    breaks: 'An append that failed as busy is acknowledged.',
    file: 'outbox/sqlite/group-commit.ts',
    find: "else if ('error' in outcome) call.reject(outcome.error)",
    replace:
      "else if ('error' in outcome && calls.length < 2) call.reject(outcome.error)\n      else if ('error' in outcome) call.resolve(['stored'] as never)",
  },
  {
    breaks: 'A transaction that was rolled back is acknowledged.',
    file: 'outbox/sqlite/transaction.ts',
    find: '      return this.#takeBack(thrown)\n',
    replace: '      const failure = this.#takeBack(thrown)\n      return outcomes! ?? failure\n',
  },
  {
    breaks: 'An outbox that nobody waits for any more goes on waiting for another program.',
    file: 'outbox/sqlite/sqlite-outbox.ts',
    find: '      this.#givingUp.abort()\n',
    replace: '',
  },
  {
    breaks: 'What was remembered while the disk was full is never written.',
    file: 'outbox/sqlite/store.ts',
    find: '(this.#unwritten.isEmpty ? undefined : this.#writeSome())',
    replace: 'undefined',
  },
  {
    breaks: 'While the disk is full the lanes do not go on from memory.',
    file: 'outbox/sqlite/claims.ts',
    find: 'if (!this.#unwritten.isEmpty) leases.push(...this.#claimUnwritten(max - leases.length, now, leaseMs))',
    replace: '',
  },
  {
    breaks: 'Once the disk was full nobody remembers which ids were delivered.',
    file: 'outbox/sqlite/store.ts',
    find: '    this.#tightUntil = this.#now() + tightMs\n',
    replace:
      "    this.#tightUntil = this.#now() + tightMs\n    this.#run([{ run: () => this.#file.db.exec('DELETE FROM seen') }])\n",
  },
]
