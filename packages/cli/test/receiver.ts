import { type Arrival, type ScriptedServer, serve } from '@obsidianlaunch/testkit/api'

type Status = number | undefined

export interface Receiver extends ScriptedServer {
  /** The status of the answer to each request; undefined leaves it without one. */
  answer: (request: Arrival, count: number) => Status | Promise<Status>
}

/** The API, as fast as a test of many lines needs it, with all that arrived. */
export async function receive(answer: Receiver['answer'] = () => 200): Promise<Receiver> {
  const server = await serve(async (response, arrival) => {
    const status = await receiver.answer(arrival, receiver.arrivals.length)
    // Servers have been seen to echo what they should not.
    const body = JSON.stringify({ ok: status === 200, token: arrival.headers.authorization })
    if (status !== undefined) response.writeHead(status).end(body)
  })
  const receiver: Receiver = Object.assign(server, { answer })
  return receiver
}
