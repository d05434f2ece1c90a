import { Api, tale } from '../api.ts'
import { holds, same } from '../assert.ts'
import { abandon, type Case, john, trackerOf } from '../case.ts'

const customers = ['ann', 'bob', 'cid', 'dan']
const events = ['sign_up', 'page_view', 'button_click', 'log_out']

export const orderCases: Case[] = [
  {
    name: "a customer's events arrive in the order of the calls, through any number of 503s, beside other customers",
    async run(env) {
      const api = await Api.answering(env)
      await api.play({ answers: [{ afterMs: 20 }, { afterMs: 20 }, { status: 503 }], repeat: true })
      const tracker = trackerOf(env, api, { concurrency: 3 })
      for (const customer of customers) tracker.identifyCustomer(customer, john)
      for (const event of events) for (const customer of customers) tracker.trackEvent(customer, event)
      same((await tracker.flush()).delivered, 20, 'the number of delivered events')
      const { arrivals, mostOpen } = await api.log()
      for (const customer of customers) {
        const taken = arrivals.filter(({ status }) => status === 200).map(tale)
        const own = taken.filter((text) => text.startsWith(customer))
        same(
          own,
          ['identify', ...events].map((event) => `${customer}:${event}`),
          `the story of ${customer}`,
        )
      }
      holds(arrivals.length > 20, 'some requests should have been refused')
      holds(mostOpen > 1 && mostOpen <= 3, `two or three requests should be open at once, not ${mostOpen}`)
    },
  },
  {
    name: 'a call that fails for good lets the next one of its customer go',
    async run(env) {
      const api = await Api.answering(env, { status: 400 }, {})
      const tracker = trackerOf(env, api)
      const [failed, next] = [tracker.trackEvent('user123', 'a'), tracker.trackEvent('user123', 'b')]
      same([(await failed.settled()).outcome, (await next.settled()).outcome], ['rejected', 'delivered'], 'the ends')
      same(await api.story(), ['user123:a', 'user123:b'], 'what arrived')
    },
  },
  {
    name: 'a customer that has to wait for a retry holds nobody else back',
    async run(env) {
      const api = await Api.answering(env, { fault: 'hang' }, {})
      const tracker = trackerOf(env, api, { concurrency: 2 })
      const stuck = tracker.trackEvent('stuck', 'a')
      await api.reached(1)
      await Promise.all(events.map((event) => tracker.trackEvent('quick', event)))
      same(stuck.toJSON().state, 'pending', 'the one that is not answered')
      await abandon(tracker)
    },
  },
]
