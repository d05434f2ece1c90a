import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Refusal, contentOf, readBody } from './request-body.ts'
import type { Clock } from './clock.ts'
import type { AnyExchange } from '../recording/exchange.ts'
import { type Strike, wireFaultOf } from '../faults/fault-scripts.ts'
import { flat, withoutCredentials } from '../recording/headers.ts'
import type { Place, Places } from '../recording/isolation.ts'
import { type Payload, send, sendPart, spoil } from './reply.ts'
import { type Route, route } from './router.ts'
import { textOf } from './upstream.ts'
import { type Asked, type Judgement, type Judges, judge } from './judge.ts'

export interface Answering extends Judges {
  places: Places
  clock: Clock
}

/** Answers one call: reads it, lets the faults play, judges it, records it and sends the answer. */
export async function answer(options: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { places } = options
  const asked = await read(options, request)
  const part = places.partOf(asked.headers)
  const strike = strikeOf(places, part, asked)
  if (strike?.fault.delayMs !== undefined) await sleep(strike.fault.delayMs, undefined, { ref: false })
  const judgement = await judge(options, asked, strike)
  const wire = strike && wireFaultOf(strike)
  const payload = spoil(judgement.payload, wire)
  // Recorded before the answer leaves, so that whoever has the answer finds the record.
  places.record(part, exchangeOf(options, asked, judgement, { strike, payload }))
  if (places.whole.faults.isRefusing) response.setHeader('connection', 'close')
  if (payload === undefined) {
    if (wire === 'reset') request.socket.resetAndDestroy()
  } else if (wire === 'truncate') sendPart(response, payload)
  else send(response, payload)
}

async function read({ engine, clock }: Answering, request: IncomingMessage): Promise<Asked> {
  const arrived = clock.arrive()
  const { method = 'GET', url: path = '/' } = request
  const headers = flat(request.headers)
  const found = route(engine.operations, method, path.split('?', 1)[0] ?? path)
  const operation = found !== undefined && 'operation' in found ? found.operation : undefined
  const arrival = await readBody(request)
  const content = contentOf(arrival, headers, operation?.mediaTypes)
  const refusal = refuseRoute(found, method, path) ?? content.refusal
  const bytes = arrival.end === 'whole' ? arrival.bytes : Buffer.alloc(0)
  return { method, path, headers, operation, content, bytes, refusal, end: arrival.end, arrived }
}

function refuseRoute(found: Route, method: string, path: string): Refusal | undefined {
  if (found === undefined) {
    return { status: 404, violation: { location: 'path', path: '', message: `The document has no path ${path}` } }
  }
  if ('operation' in found) return undefined
  const allow = found.allow.join(', ')
  const message = `${path} takes ${allow}, not ${method}`
  return { status: 405, violation: { location: 'method', path: '', message }, headers: { allow } }
}

/** Calls that the document does not have take no fault, nor do those that never arrived whole. */
function strikeOf(places: Places, part: Place | undefined, asked: Asked): Strike | undefined {
  if (asked.operation === undefined || asked.end === 'cut') return undefined
  const id = asked.headers['idempotency-key']
  return places.take(part, { operation: asked.operation.id, id, body: asked.content.body })
}

function exchangeOf(
  { places, clock }: Answering,
  { method, path, headers, operation, content, arrived }: Asked,
  { violations, answerViolations }: Judgement,
  { strike, payload }: { strike: Strike | undefined; payload: Payload | undefined },
): AnyExchange {
  const status = payload?.status ?? 0
  return {
    seq: places.nextSeq(),
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
      text: payload === undefined ? '' : textOf(payload),
      violations: answerViolations,
    },
    ...(strike !== undefined && { fault: strike.text }),
    at: new Date(arrived).toISOString(),
    durationMs: Math.round((clock.now() - arrived) * 100) / 100,
  }
}
