import { type Strike, wireFaultOf } from '../faults/fault-scripts.ts'
import type { StatusFault } from '../faults/fault.ts'
import { reportBug } from '../faults/listeners.ts'
import type { Answer, Engine, Operation, Question } from '../prism/engine.ts'
import type { Violation } from '../recording/exchange.ts'
import { type Headers, flat } from '../recording/headers.ts'
import { maxText, textOf } from './answer-text.ts'
import { type Payload, type Reply, isSilent, payloadOf, plainReply, violationHeader } from './reply.ts'
import type { Arrival, Content, Refusal } from './request-body.ts'
import { spelledLike } from './router.ts'
import type { Upstream } from './upstream.ts'

/** Request that has been read and not yet judged. */
export interface ReceivedRequest {
  method: string
  path: string
  headers: Headers
  operation: Operation | undefined
  content: Content
  /** The body as it came. */
  bytes: Buffer
  /** Reason to turn it away before its content is looked at. */
  refusal: Refusal | undefined
  end: Arrival['end']
  arrived: number
}

/** Answer to a request, and the violations of the request and of an upstream's answer. */
export interface Judgement {
  payload: Payload
  violations: Violation[]
  answerViolations: Violation[]
}

export interface JudgeOptions {
  engine: Engine
  /** Real server that answers, if there is one. */
  upstream?: Upstream | undefined
}

/** Violations of a request, and the answer that the OpenAPI document has for it. */
export interface Verdict {
  violations: Violation[]
  answer: Answer | undefined
}

/** Compares a request with the OpenAPI document. */
export async function examine({ engine }: JudgeOptions, received: ReceivedRequest): Promise<Verdict> {
  const { operation, refusal } = received
  const wishes = refusal ? { status: refusal.status } : preferencesOf(received)
  const answer = operation && (await engine.ask(operation, { ...questionOf(received), ...wishes }).catch(broken))
  return { answer, violations: [...(answer?.violations ?? []), ...(refusal ? [refusal.violation] : [])] }
}

/** Finds the answer to a request: a fault's, the real server's, or that of the OpenAPI document. */
export async function judge(
  { engine, upstream }: JudgeOptions,
  received: ReceivedRequest,
  { violations, answer }: Verdict,
  strike: Strike | undefined,
): Promise<Judgement> {
  const { operation, refusal, end } = received
  const ours = (reply: Reply): Judgement => ({ payload: payloadOf(reply), violations, answerViolations: [] })

  if (operation !== undefined && strike !== undefined && 'status' in strike.fault) {
    return ours(await faulted(engine, operation, questionOf(received), strike.fault))
  }
  // If the client gets no answer, the real server is not asked for one.
  const isAnswered = strike === undefined || !isSilent(wireFaultOf(strike))
  if (upstream !== undefined && end === 'whole' && isAnswered) {
    const payload = await upstream.forward(received)
    return { payload, violations, answerViolations: await violationsOfAnswer(engine, operation, payload) }
  }
  return ours(documented(answer, refusal, violations))
}

/** Takes the answer from the OpenAPI document, or makes one in the form of its errors. */
function documented(answer: Answer | undefined, refusal: Refusal | undefined, violations: Violation[]): Reply {
  if (answer === undefined || (refusal !== undefined && !answer.found)) return refuse(refusal, violations)
  const headers = { ...answer.headers, ...refusal?.headers, ...violationHeader(violations) }
  return { ...replyOf(answer), headers }
}

async function violationsOfAnswer(engine: Engine, operation: Operation | undefined, payload: Payload) {
  if (operation === undefined) return []
  const { text, isCut } = await textOf(payload)
  const violations = await engine.check(operation, { status: payload.status, headers: flat(payload.headers), text })
  if (!isCut) return violations
  const message = `Larger than ${maxText} bytes, and therefore not looked at`
  return [...violations.filter(({ location }) => location !== 'body'), { location: 'body', path: '', message }]
}

/** Turns the request into a question for the engine, which gets text as it is unless the operation takes JSON. */
function questionOf({ operation, path: target, headers, content, refusal }: ReceivedRequest): Question {
  const [pathname = ''] = target.split('?', 1)
  const spelled = operation === undefined ? pathname : spelledLike(operation, pathname)
  const path = spelled + target.slice(pathname.length)
  const body = content.body ?? (content.text || undefined)
  return { path, headers, body, checkBody: refusal === undefined, checkToken: true }
}

function refuse(refusal: Refusal | undefined, violations: Violation[]): Reply {
  const { status = 500, violation, headers = {} } = refusal ?? {}
  return plainReply(status, violation?.message ?? 'Refused', { ...headers, ...violationHeader(violations) })
}

async function faulted(engine: Engine, operation: Operation, question: Question, fault: StatusFault): Promise<Reply> {
  const { status, retryAfter } = fault
  const example = await engine.ask(operation, { ...question, checkBody: false, checkToken: false, status })
  const reply = example.found ? replyOf(example) : plainReply(status, 'A fault that fail() asked for')
  return retryAfter === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } }
}

function replyOf({ status, headers, body }: Answer): Reply {
  return { status, headers, body }
}

/** Answers a request on which the engine fails, so that it is recorded too. */
function broken(error: unknown): Answer {
  reportBug('the engine', error)
  const message = `The engine failed: ${error instanceof Error ? error.message : String(error)}`
  return { ...plainReply(500, message), found: true, violations: [{ location: 'path', path: '', message }] }
}

interface Preferences {
  status?: number
  example?: string
}

/** Reads `Prefer: code=429, example=key` (RFC 7240), or `?__code=429&__example=key` where a client has no say about headers. */
function preferencesOf({ headers: { prefer }, path }: ReceivedRequest): Preferences {
  const query = new URLSearchParams(path.split('?', 2)[1])
  const [status, example] =
    prefer === undefined
      ? [/^\d{3}$/.exec(query.get('__code') ?? '')?.[0], query.get('__example')]
      : [/(?:^|[,;\s])code="?(\d{3})\b/.exec(prefer)?.[1], /(?:^|[,;\s])example="?([\w.-]+)/.exec(prefer)?.[1]]
  return { ...(status !== undefined && { status: Number(status) }), ...(example && { example }) }
}
