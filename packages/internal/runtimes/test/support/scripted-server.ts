import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen, type Local } from '@obsidianlaunch/testkit/listen'
import type { Answer, Arrival, Log, Script } from '../../src/script.ts'

interface Session extends Log {
  script: Script
  next: number
  open: number
  /** Answers that wait for another script. */
  held: (() => void)[]
}

/**
 * A real server on loopback that plays the API. A case opens a session (`PUT /sessions/<its id>` with a Script), sends its
 * calls to `/sessions/<its id>/api`, and reads what has arrived (`GET /sessions/<its id>`). `files` are for pages: what is
 * served from the same origin under which path.
 */
export function serve(files: Record<string, { type: string; text: string }> = {}): Promise<Local> {
  const sessions = new Map<string, Session>()
  const server = createServer((request, response) => {
    const [, , id = '', ...rest] = (request.url ?? '').split('/')
    const file = files[request.url ?? '']
    if (file !== undefined) response.writeHead(200, { 'content-type': file.type }).end(file.text)
    else if (rest.length === 0) settle(sessions, id, request, response)
    else play(sessions.get(id), `/${rest.slice(1).join('/')}`, request, response)
  })
  // Longer than any run, so that no connection is closed just when it is used again.
  server.keepAliveTimeout = 600_000
  return listen(server)
}

/** Opens a session or gives it another script; shows what it has seen. */
function settle(sessions: Map<string, Session>, id: string, request: IncomingMessage, response: ServerResponse): void {
  buffer(request).then((bytes) => {
    const known = sessions.get(id)
    if (request.method === 'PUT') {
      const script = JSON.parse(bytes.toString()) as Script
      sessions.set(id, { arrivals: [], mostOpen: 0, open: 0, ...known, script, next: 0, held: [] })
      for (const answer of known?.held ?? []) answer()
    }
    if (request.method !== 'PUT' && known === undefined) response.statusCode = 404
    const { arrivals = [], mostOpen = 0 } = known ?? {}
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ arrivals, mostOpen }))
  }, ignore)
}

function play(session: Session | undefined, path: string, request: IncomingMessage, response: ServerResponse): void {
  if (session === undefined) {
    response.writeHead(404).end()
    return
  }
  session.mostOpen = Math.max(session.mostOpen, ++session.open)
  response.on('close', () => session.open--)
  buffer(request).then((bytes) => {
    const arrival: Arrival = {
      method: request.method ?? '',
      path,
      headers: request.headers as Record<string, string>,
      body: bytes.toString(),
      hex: bytes.toString('hex'),
      atMs: performance.now(),
      status: 0,
    }
    session.arrivals.push(arrival)
    const answer = nextAnswer(session)
    if (answer.isHeld) session.held.push(() => send(answer, arrival, response))
    else if (answer.afterMs === undefined) send(answer, arrival, response)
    else setTimeout(send, answer.afterMs, answer, arrival, response)
  }, ignore)
}

function nextAnswer(session: Session): Answer {
  const { answers, repeat } = session.script
  const index = repeat ? session.next % answers.length : Math.min(session.next, answers.length - 1)
  session.next++
  return answers[index] ?? {}
}

function send(answer: Answer, arrival: Arrival, response: ServerResponse): void {
  const { status = 200, headers = {}, body = '{"success":true}', fault } = answer
  if (fault === 'hang') return
  if (fault === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  arrival.status = status
  response.writeHead(status, { ...(fault === 'cut' && { 'content-length': 2 * body.length }), ...headers })
  if (fault === undefined) response.end(body)
  else if (fault === 'cut') response.write(body, () => response.socket?.destroy())
  else goOn(body, response)
}

/** A little at a time, until the other side has had enough. */
function goOn(body: string, response: ServerResponse): void {
  const timer = setInterval(() => response.write(body), 10)
  response.on('close', () => clearInterval(timer))
}

/** The other side has gone: there is nobody to tell. */
function ignore(): void {}
