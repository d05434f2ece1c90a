import { type Mock, startMock, type TokenIsolated } from '@obsidianlaunch/events-mock'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answerTo, promises, type Served } from './promises.ts'
import { Started } from './started.ts'

/** Runs a recipe of the page as its reader would, and holds it to what every recipe promises. */
export function describeRecipe(heading: string, command: readonly string[]): void {
  describe(`The recipe for ${heading}`, () => {
    let mock: Mock
    let part: TokenIsolated
    let started: Started
    let served: Served
    beforeAll(async () => {
      mock = await startMock()
      part = mock.isolate({ token: 'token-of-the-recipe' })
      started = await Started.start(heading, command, part)
      served = { records: started.records, fetch: (path, init) => fetch(`${started.url}${path}`, init) }
    })
    afterEach(() => part.reset())
    afterAll(async () => {
      await started[Symbol.asyncDispose]()
      await mock.close()
    })

    test.each(Object.entries(promises))('%s', async (_name, keeps) => {
      await expect(keeps(served, part)).resolves.toBeUndefined()
    })

    test('knows the address of its client, so that one that floods is held by itself', async () => {
      await answerTo(served, '/relay/events/test', { customer_id: 'user123', event: 'button_click' })
      await expect.poll(() => started.records.at(-1)).toMatchObject({ path: '/relay/events/test', status: 200 })
      expect(started.records.at(-1)?.address).toMatch(/^(::ffff:)?127\.0\.0\.1$/)
    })

    test('ends by itself when it is asked to, with everything delivered', async () => {
      await answerTo(served, '/relay/events/test', { customer_id: 'user123', event: 'last' })
      expect(await started.terminate()).toEqual({ code: 0, stderr: '' })
      expect(part.requests.at(-1)?.body).toEqual({ customer_id: 'user123', event: 'last' })
    })
  })
}
