import type { Monitor } from './monitor.ts'
import type { Hello, Lanes } from './wire.ts'

/** A person sees no more frames than that, and no proxy cuts a connection on which something moves so often. */
const frameMs = 500
const laneMs = 1_000
/** An outbox that has not answered for so long is told to fail: what it said before is not known any more. */
const silentMs = 4_000
const silent: Lanes = { lanes: [], areCut: false, problem: 'The outbox does not answer.' }

/**
 * Answers with server-sent events that keep a page up to date. A frame is made when the page has taken the one before: a page
 * that is slow gets fewer of them, and each is as new as can be.
 */
export function streamTo(monitor: Monitor, hello: Hello, lanes: number, closing: AbortSignal): Response {
  const gone = new AbortController()
  const end = AbortSignal.any([closing, gone.signal])
  const frames = framesOf(monitor, hello, lanes, end)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { value, done } = await frames.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: () => gone.abort(),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

async function* framesOf(
  monitor: Monitor,
  hello: Hello,
  limit: number,
  end: AbortSignal,
): AsyncGenerator<string, void> {
  yield `retry: 500\n\n${frame('hello', hello)}`
  let [seen, lanesAt, askedAt] = [0, 0, 0]
  let [found, shown]: (Lanes | undefined)[] = []
  let asked: Promise<void> | undefined
  const ask = async () => {
    found = await monitor.lanes(limit)
    lanesAt = performance.now() + laneMs - frameMs
    asked = undefined
  }
  while (!end.aborted) {
    const state = monitor.state(seen)
    seen = state.samples.at(-1)?.at ?? seen
    yield frame('state', state)
    if (asked === undefined && performance.now() >= lanesAt) {
      askedAt = performance.now()
      asked = ask()
    }
    // An outbox that does not answer keeps nothing else back.
    const next = pause(frameMs, end)
    await Promise.race([asked, next])
    if (asked !== undefined && performance.now() - askedAt > silentMs) found = silent
    if (found !== undefined && found !== shown) yield frame('lanes', (shown = found))
    await next
  }
}

/** JSON has no line breaks of its own, so that one line of data holds it. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

function pause(ms: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (end.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      end.removeEventListener('abort', done)
      resolve()
    }
    end.addEventListener('abort', done)
  })
}
