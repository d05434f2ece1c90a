import { expect, test } from 'vitest'
import { noOptions } from '../../src/call/call-options.ts'
import { Delivery } from '../../src/delivery/delivery.ts'
import { PendingEvent } from '../../src/delivery/pending-event.ts'
import type { ApiClient } from '../../src/http/send.ts'
import { SurvivingRequests } from '../../src/http/surviving-requests.ts'
import { Handover } from '../../src/page/handover.ts'

function eventOf(customerId: string, at: number): PendingEvent {
  const delivery = new Delivery(undefined)
  return new PendingEvent('trackEvent', customerId, 'test', `{"n":${at}}`, delivery, at, { at, elapsed: at }, noOptions)
}

/** A page that hands over, to a relay whose identities come when `identity` resolves. */
function pageWith(identity: Promise<string>) {
  const surviving = new SurvivingRequests()
  const sent: string[] = []
  const post = (entry: PendingEvent) =>
    surviving.send(entry, new AbortController().signal, () => {
      sent.push(entry.body)
      return new Promise<Response>(() => undefined)
    })
  const api = { token: () => identity, post } as unknown as ApiClient
  return { handover: new Handover(api, surviving), sent, post }
}

test('what was stored, sent or ended while an identity was asked for is not handed over, nor what comes behind a stored one', async () => {
  const identity = Promise.withResolvers<string>()
  const { handover, sent, post } = pageWith(identity.promise)
  const [stored, own, erased, left, behind] = ['ann', 'bob', 'cid', 'dan', 'ann'].map(eventOf) as [
    PendingEvent,
    PendingEvent,
    PendingEvent,
    PendingEvent,
    PendingEvent,
  ]
  handover.handOver([stored, own, erased, left, behind])
  stored.give()
  stored.store()
  void post(own)
  erased.end()
  identity.resolve('identity')
  await new Promise(setImmediate)
  expect(sent).toEqual(['{"n":1}', '{"n":3}'])
})
