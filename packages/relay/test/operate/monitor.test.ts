import type { EventTracker, WaitingCustomer } from '@obsidianlaunch/events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Monitor } from '../../src/operate/monitor.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A monitor whose outbox answers each question of who waits when it is told to, with the number of the question. */
function watched(): { monitor: Monitor; answers: (() => void)[] } {
  const answers: (() => void)[] = []
  const tracker = {
    stats: () => ({ accepted: 0, delivered: 0 }),
    status: () => ({ state: 'open', outbox: { state: 'open' } }),
    waiting: () => {
      const lane = { customerId: `asked ${answers.length + 1}` } as WaitingCustomer
      return new Promise((resolve) => answers.push(() => resolve([lane])))
    },
  }
  return { monitor: new Monitor(tracker as unknown as EventTracker), answers }
}

test('who waits is asked anew after a change, though a question from before it is answered after it', async () => {
  const { monitor, answers } = watched()
  const before = monitor.lanes(1)
  monitor.changed()
  answers[0]?.()
  expect(await before).toMatchObject({ lanes: [{ customerId: 'asked 1' }] })
  const after = monitor.lanes(1)
  answers[1]?.()
  expect(await after).toMatchObject({ lanes: [{ customerId: 'asked 2' }] })
  monitor.close()
})

test('an outbox that has not answered once is asked again, and what it says then is shown', async () => {
  const { monitor, answers } = watched()
  const unanswered = monitor.lanes(1)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await unanswered).toMatchObject({ lanes: [], problem: 'The outbox does not answer.' })
  void monitor.lanes(1)
  expect(answers, 'not at once').toHaveLength(1)
  await vi.advanceTimersByTimeAsync(3_000)
  const answered = monitor.lanes(1)
  answers[1]?.()
  expect(await answered).toMatchObject({ lanes: [{ customerId: 'asked 2' }] })
  monitor.close()
})
