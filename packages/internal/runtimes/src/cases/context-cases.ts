import { ConfigurationError, ValidationError } from '@obsidianlaunch/events'
import { currentCustomer, forCurrentCustomer, withCustomer } from '@obsidianlaunch/events/context'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, type Env, trackerOf } from '../case.ts'

/** Tries a run time without contexts: everything but `withCustomer` works there as if nobody had been named. */
async function triesWithout(env: Env): Promise<void> {
  const tracker = trackerOf(env, await Api.answering(env))
  const error = await failure(ConfigurationError, () => withCustomer('user123', () => undefined))
  holds(error.message.includes('nodejs_compat'), error.message)
  same(currentCustomer(), undefined, 'the customer in context')
  await failure(ValidationError, () => forCurrentCustomer(tracker).trackEvent('x'))
}

export const contextCases: Case[] = [
  {
    name: 'a customer stays in context behind timers, requests and awaits: what many do at once arrives under the right id',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api)
      const events = forCurrentCustomer(tracker)
      const customers = Array.from({ length: 20 }, (_, n) => `user${n}`)
      const work = async () => {
        const name = `of ${currentCustomer()}`
        await new Promise((passed) => setTimeout(passed, Math.random() * 5))
        await events.trackEvent(name)
        await api.log()
        await withCustomer(null, () => failure(ValidationError, () => events.trackEvent(name)))
        await events.trackEvent(name)
      }
      await Promise.all(customers.map((id) => withCustomer(id, work)))
      same(currentCustomer(), undefined, 'the customer in context')
      const told = await api.story()
      same(
        told.toSorted(),
        customers.flatMap((id) => Array<string>(2).fill(`${id}:of ${id}`)).toSorted(),
        'what arrived',
      )
    },
  },
  {
    name: 'hooks run for no customer, whoever made the tracker and whoever’s event it is',
    needs: ['process'],
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, { status: 400 }, {})
      const seen: unknown[] = []
      const hook = () => void seen.push(currentCustomer() ?? 'nobody')
      const tracker = withCustomer('maker', () => trackerOf(env, api, { onDelivered: hook, onError: hook }))
      const calls = ['user1', 'user2'].map((id) => withCustomer(id, () => tracker.trackEvent(id, 'x').settled()))
      await Promise.all(calls)
      await withCustomer('closer', () => tracker.shutdown())
      same(seen, ['nobody', 'nobody'], 'for whom the hooks ran')
    },
  },
  {
    name: 'a page has no customer in context, and says so where one is named',
    needs: ['page'],
    run: triesWithout,
  },
  {
    name: 'a Worker without Node’s modules has no customer in context, and says so where one is named',
    needs: ['worker'],
    run: triesWithout,
  },
]
