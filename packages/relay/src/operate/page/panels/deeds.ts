import { say } from '@obsidianlaunch/page/clipboard'
import { foreign, h } from '@obsidianlaunch/page/dom'
import { count, cut, plain } from '@obsidianlaunch/page/text'
import { api } from '../store/api.ts'
import type { Letters } from '../store/letters.ts'
import type { Store } from '../store/store.ts'
import { confirmed } from '../widgets/confirm.ts'

const nameLength = 200

/** Changes that a person makes: replay and forget. Each tells what came of it. */
export interface Deeds {
  replay(ids: readonly string[]): Promise<void>
  replayAll(): Promise<void>
  forget(customerId: string): Promise<void>
}

export function createDeeds(store: Store, letters: Letters): Deeds {
  const done = (replayed: number, asked: number) => {
    const rest = asked - replayed
    const left = rest > 0 ? ` ${plain(rest)} stayed: the same event is pending again, or another one has its id.` : ''
    say(`Replayed ${count(replayed, 'dead letter')}.${left}`)
  }
  const complain = (error: Error) => say(error.message)
  return {
    replay: async (ids) => {
      if (ids.length === 0) return
      await letters.replay(ids).then((replayed) => done(replayed, ids.length), complain)
      for (const id of ids) store.picked.delete(id)
      letters.reload()
    },
    replayAll: async () => {
      const dead = store.state?.stats.dead ?? 0
      const text = `Each goes to the end of its customer's lane and is sent again. What is wrong with an event stays wrong: mend its cause first.`
      if (dead === 0 || !(await confirmed(`Replay ${count(dead, 'dead letter')}?`, text, 'Replay all'))) return
      const told = (replayed: number) => say(`Replayed ${count(replayed, 'dead letter')} so far …`)
      await letters.replayAll(told).then((replayed) => done(replayed, replayed), complain)
      store.picked.clear()
      letters.reload()
    },
    forget: async (customerId) => {
      const text = h(
        'span',
        {},
        'Everything that is kept of ',
        foreign(cut(customerId, nameLength), { class: 'mono' }),
        ' is erased, pending or dead. It cannot be brought back.',
      )
      if (!(await confirmed('Forget this customer?', text, 'Forget'))) return
      await api.forget(customerId).then((forgotten) => say(`Erased ${count(forgotten, 'event')}.`), complain)
      if (store.lane === customerId) store.openCustomer(undefined)
      if (store.openLetter?.customerId === customerId) store.open(undefined)
      letters.reload()
    },
  }
}
