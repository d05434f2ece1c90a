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
  return {
    replay: async (ids) => {
      if (ids.length === 0) return
      await told(async () => replayed(await letters.replay(ids), ids.length))
      for (const id of ids) store.picked.delete(id)
      letters.reload()
    },
    replayAll: async () => {
      const dead = store.dead ?? 0
      const text =
        "Each goes to the end of its customer's lane and is sent again. What is wrong with an event stays wrong: mend its cause first."
      if (dead === 0 || !(await confirmed(`Replay ${count(dead, 'dead letter')}?`, text, 'Replay all'))) return
      await told(async () => {
        const amount = await letters.replayAll((soFar) => say(`${replayed(soFar, soFar)} So far …`))
        return replayed(amount, amount)
      })
      store.picked.clear()
      letters.reload()
    },
    forget: async (customerId) => {
      const name = foreign(cut(customerId, nameLength), { class: 'mono' })
      const text = [
        h('span', {}, 'Everything that is kept of '),
        name,
        h('span', {}, ' is erased, pending or dead. It cannot be brought back.'),
      ]
      if (!(await confirmed('Forget this customer?', h('span', {}, text), 'Forget'))) return
      await told(async () => `Erased ${count(await api.forget(customerId), 'event')}.`)
      if (store.lane === customerId) store.openCustomer(undefined)
      if (store.openLetter?.customerId === customerId) store.open(undefined)
      letters.reload()
    },
  }
}

/** Does something and tells what came of it, or why nothing did. */
async function told(deed: () => Promise<string>): Promise<void> {
  try {
    say(await deed())
  } catch (thrown) {
    say(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function replayed(amount: number, asked: number): string {
  const rest = asked - amount
  const left =
    rest > 0
      ? ` ${plain(rest)} stayed: the event is pending again or was delivered since, or another one has its id.`
      : ''
  return `Replayed ${count(amount, 'dead letter')}.${left}`
}
