import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Strike, wireFaultOf } from '../faults/fault-scripts.ts'
import type { Operation } from '../prism/engine.ts'
import type { AnyExchange } from '../recording/exchange.ts'
import { flat, withoutCredentials } from '../recording/headers.ts'
import type { Scope, Scopes } from '../recording/isolation.ts'
import { textOf } from './answer-text.ts'
import type { Clock } from './clock.ts'
import { type ReceivedRequest, type Judgement, type JudgeOptions, examine, judge } from './judge.ts'
import { type Payload, send, sendPart, spoil } from './reply.ts'
import { type Refusal, contentOf, readBody } from './request-body.ts'
import { type Route, hasBrokenEscape, route } from './router.ts'

export interface Answering extends JudgeOptions {
  scopes: Scopes
  clock: Clock
  /** Called with each request that has no violation as it arrives, before a fault or a real server delays its answer. */
  arrived: (call: ArrivedCall) => void
}

/** Request without a violation. */
export interface ArrivedCall {
  operation: string
  /** The `Idempotency-Key`. */
  id: string | undefined
  text: string
  body: unknown
}

/** Answers one call: reads it, plays a fault, judges it, records it and sends the answer. */
export async function answer(options: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { scopes } = options
  const received = await read(options, request)
  const part = scopes.partOf(received.headers)
  const strike = strikeOf(scopes, part, received)
  const verdict = await examine(options, received)
  if (received.operation !== undefined && verdict.violations.length === 0)
    options.arrived(callOf(received, received.operation))
  if (strike?.fault.delayMs !== undefined) await sleep(strike.fault.delayMs, undefined, { ref: false })
  const judgement = await judge(options, received, verdict, strike)
  const wire = strike && wireFaultOf(strike)
  const payload = spoil(judgement.payload, wire)
  const text = payload === undefined ? '' : (await textOf(payload)).text
  // Recorded before the answer leaves, so that a client that has the answer finds the record.
  scopes.record(part, exchangeOf(options, received, judgement, { strike, payload, text }))
  if (scopes.whole.faults.isRefusing) response.setHeader('connection', 'close')
  if (payload === undefined) {
    if (wire === 'reset') request.socket.resetAndDestroy()
  } else if (wire === 'truncate') sendPart(response, payload)
  else send(response, payload)
}

async function read({ engine, clock }: Answering, request: IncomingMessage): Promise<ReceivedRequest> {
  const arrived = clock.arrive()
  const { method = 'GET', url: path = '/' } = request
  const headers = flat(request.headers)
  const [pathname = ''] = path.split('?', 1)
  const { operations } = engine
  const found = route(operations, method, pathname)
  const operation = found !== undefined && 'operation' in found ? found.operation : undefined
  const arrival = await readBody(request)
  const content = contentOf(arrival, headers, operation?.mediaTypes)
  const refusal = refuseRoute(found, { operations, method, path: pathname }) ?? content.refusal
  const bytes = arrival.end === 'whole' ? arrival.bytes : Buffer.alloc(0)
  return { method, path, headers, operation, content, bytes, refusal, end: arrival.end, arrived }
}

function callOf({ headers, content }: ReceivedRequest, operation: Operation): ArrivedCall {
  return { operation: operation.id, id: headers['idempotency-key'], text: content.text, body: content.body }
}

const brokenEscape: Refusal = {
  status: 400,
  violation: { location: 'path', path: '', message: 'The path has a % that is not an escape: write it as %25' },
}

interface Asked {
  operations: readonly Operation[]
  method: string
  path: string
}

function refuseRoute(found: Route, { operations, method, path }: Asked): Refusal | undefined {
  if (found === undefined) {
    const twin = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
    const hint = route(operations, method, twin) === undefined ? '' : `, but ${twin}`
    const message = `The OpenAPI document has no path ${path}${hint}`
    return { status: 404, violation: { location: 'path', path: '', message } }
  }
  if ('operation' in found) return hasBrokenEscape(path) ? brokenEscape : undefined
  const allow = found.allow.join(', ')
  const message = `${path} takes ${allow}, not ${method}`
  return { status: 405, violation: { location: 'method', path: '', message }, headers: { allow } }
}

/** Takes the next fault for a call. A call without an operation, or whose body was cut off, takes none. */
function strikeOf(scopes: Scopes, part: Scope | undefined, received: ReceivedRequest): Strike | undefined {
  if (received.operation === undefined || received.end === 'cut') return undefined
  const id = received.headers['idempotency-key']
  return scopes.take(part, { operation: received.operation.id, id, body: received.content.body })
}

function exchangeOf(
  { scopes, clock }: Answering,
  { method, path, headers, operation, content, arrived }: ReceivedRequest,
  { violations, answerViolations }: Judgement,
  { strike, payload, text }: { strike: Strike | undefined; payload: Payload | undefined; text: string },
): AnyExchange {
  const status = payload?.status ?? 0
  return {
    seq: scopes.nextSeq(),
    id: headers['idempotency-key'],
    operation: operation?.id,
    method,
    path,
    headers: withoutCredentials(headers),
    text: content.text,
    body: content.body,
    valid: violations.length === 0,
    violations,
    status,
    answer: {
      status,
      headers: flat(payload?.headers ?? {}),
      text,
      violations: answerViolations,
    },
    ...(strike !== undefined && { fault: strike.text }),
    at: new Date(arrived).toISOString(),
    durationMs: Math.round((clock.now() - arrived) * 100) / 100,
  }
}
