import { expect, onTestFinished, test, vi } from 'vitest'
import { startMock } from '../../src/index.ts'
import { startServer } from '../../src/server/start.ts'
import { mockCommand } from '../../src/command/command.ts'
import { post, track } from '../calls.ts'

/** Collects what the mock prints on stderr. */
function printed(): () => string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => write.mockRestore())
  return () => write.mock.calls.map(([text]) => String(text)).join('')
}

test.each(['null', '"text"', '7', 'true', '[null]', '[]'])(
  'a body of %s is answered and has its line in the log',
  async (body) => {
    let log = ''
    const stop = new AbortController()
    const stdout = { write: (text: string) => void (log += text) }
    const ended = mockCommand(['--port', '0'], { stdout, env: {}, signal: stop.signal })
    const address = () => /http:\S+:\d+/.exec(log)?.[0] ?? ''
    await expect.poll(address).not.toBe('')
    expect((await post({ url: address() }, '/events/test', body)).status).toBe(400)
    stop.abort()
    await ended
    expect(log).toMatch(/400 {2}trackEvent +- +- {2}the body must be object/)
  },
)

test('a listener that throws ends no request, keeps no other from hearing of it, and leaves its stack', async () => {
  const stderr = printed()
  const { mock, recorder } = await startServer()
  onTestFinished(() => mock.close())
  const heard: string[] = []
  recorder.subscribe(() => {
    throw new Error('a log that is full')
  })
  recorder.subscribe(({ operation }) => heard.push(operation ?? ''))
  expect((await post(mock, '/events/test', JSON.stringify(track))).status).toBe(200)
  expect(heard).toEqual(['trackEvent'])
  expect(stderr()).toMatch(/^The mock itself failed in a listener: Error: a log that is full\n +at /)
})

test('a predicate of waitFor that throws fails the wait and nothing else', async () => {
  const mock = await startMock()
  onTestFinished(() => mock.close())
  const waiting = mock.waitFor(() => {
    throw new Error('a predicate that fails')
  })
  const answer = post(mock, '/events/test', JSON.stringify(track))
  await expect(waiting).rejects.toThrow('a predicate that fails')
  expect((await answer).status).toBe(200)
})

function standingClock(): never {
  throw new Error('a clock that stands')
}

test('what throws in the mock itself is a 500 that says so, and its stack is printed', async () => {
  const stderr = printed()
  const mock = await startMock({ now: standingClock })
  onTestFinished(() => mock.close())
  const answer = await post(mock, '/events/test', JSON.stringify(track))
  expect(answer.status).toBe(500)
  expect(JSON.parse(answer.text)).toEqual({
    error: 'Internal Server Error',
    message: 'The mock itself failed: a clock that stands. Its output has the stack',
  })
  expect(stderr()).toMatch(/^The mock itself failed in an answer: Error: a clock that stands\n +at /)
})
