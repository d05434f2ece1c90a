import { createHook } from 'node:async_hooks'
import { expect, test } from 'vitest'
import { EventTracker } from '../../src/index.ts'

test('a call that nobody awaits makes no promise and sets no timer', async () => {
  const never = new Promise<Response>(() => undefined)
  const tracker = new EventTracker({ token: 'secret', fetch: () => never, onError: () => undefined })
  void tracker.trackEvent('a', 'first')
  const made: string[] = []
  const hook = createHook({ init: (_, type) => void made.push(type) }).enable()
  for (let call = 0; call < 1_000; call++) void tracker.trackEvent('a', 'x')
  hook.disable()
  expect(made).toEqual([])
  await tracker.shutdown({ timeoutMs: 0 })
})
