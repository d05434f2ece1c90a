import { ConfigurationError } from '@obsidianlaunch/events'
import { outboxCases as promises } from '@obsidianlaunch/events/outbox-kit'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, tenEvents } from '../case.ts'

/** The time for which the outboxes remember ids. */
export const remembersMs = 30 * 24 * 3_600_000

/** The cases of the kit for every durable outbox, with the one in a file. */
const kept: Case[] = (['here', 'in a thread'] as const).flatMap((where) =>
  promises({ durable: true, remembersMs }).map(({ name, run }) => ({
    name: `in a file that is kept ${where}, ${name}`,
    needs: ['sqlite'] as const,
    async run({ newOutbox }) {
      holds(newOutbox !== undefined, 'a run time with SQLite should have files')
      await run(() => newOutbox(where))
    },
  })),
)

export const outboxCases: Case[] = [
  ...kept,
  {
    name: 'what a killed program had stored is delivered by the next one, in order and under the same ids',
    needs: ['sqlite'],
    async run(env) {
      const api = await Api.answering(env, { fault: 'hang' })
      const outbox = env.newFile?.('events.db')
      holds(outbox !== undefined, 'a run time with SQLite should have files')
      const variables = {
        EVENT_TRACKING_AUTH_TOKEN: env.token ?? '',
        EVENT_TRACKING_BASE_URL: api.baseUrl,
        OUTBOX: outbox,
      }
      const killed = await env.start?.('store-and-die', variables)
      same([killed?.end, killed?.stderr], ['SIGKILL', ''], 'the end of the first')
      await api.play({ answers: [{}] })
      const books = { accepted: 10, delivered: 10, rejected: 0, dropped: 0, dead: 0, pending: 0 }
      const next = await env.start?.('go-on', variables)
      same([next?.end, next?.stderr, JSON.parse(next?.stdout ?? '')], [0, '', books], 'the end of the second')
      same((await api.story()).slice(-10), tenEvents, 'what arrived')
      const arrived = (await api.arrivals()).slice(-10).map(({ headers }) => headers['idempotency-key'])
      same(arrived, JSON.parse(killed?.stdout ?? ''), 'the ids')
    },
  },
  {
    name: 'where no SQLite comes with the run time, an outbox in a file is refused with the names of those that have it',
    async run({ traits }) {
      if (traits.includes('sqlite')) {
        sqliteOutbox('never-opened.db')
        return
      }
      const { message } = await failure(ConfigurationError, () => sqliteOutbox('events.db'))
      holds(message.includes('Node has from 22.13, Deno') && message.includes('Bun'), message)
    },
  },
]
