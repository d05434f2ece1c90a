import type { Arrival, Content, Refusal } from './request-body.ts'
import type { Answer, Engine, Operation, Question } from '../prism/engine.ts'
import type { Violation } from '../recording/exchange.ts'
import type { StatusFault } from '../faults/fault.ts'
import { type Strike, wireFaultOf } from '../faults/fault-scripts.ts'
import { type Headers, flat } from '../recording/headers.ts'
import { type Payload, type Reply, isSilent, payloadOf, plainReply, violationHeader } from './reply.ts'
import { type Upstream, textOf } from './upstream.ts'

/** A request that has been read, before anyone judges it. */
export interface Asked {
  method: string
  path: string
  headers: Headers
  operation: Operation | undefined
  content: Content
  /** The body as it came. */
  bytes: Buffer
  /** Why it is turned away before its content is looked at. */
  refusal: Refusal | undefined
  end: Arrival['end']
  arrived: number
}

/** What is answered, and what was wrong with the request and with an upstream's answer. */
export interface Judgement {
  payload: Payload
  violations: Violation[]
  answerViolations: Violation[]
}

export interface Judges {
  engine: Engine
  /** The real server that answers, where there is one. */
  upstream?: Upstream | undefined
}

/** Says what is wrong with a request and finds the answer: a fault's, the real server's, or the document's. */
export async function judge(judges: Judges, asked: Asked, strike: Strike | undefined): Promise<Judgement> {
  const { engine, upstream } = judges
  const { operation, refusal, end } = asked
  const question = questionOf(asked)
  const wishes = refusal ? { status: refusal.status } : preferences(asked.headers['prefer'])
  const verdict = operation && (await engine.ask(operation, { ...question, ...wishes }).catch(broken))
  const violations = [...(verdict?.violations ?? []), ...(refusal ? [refusal.violation] : [])]
  const ours = (reply: Reply): Judgement => ({ payload: payloadOf(reply), violations, answerViolations: [] })

  if (operation !== undefined && strike !== undefined && 'status' in strike.fault) {
    return ours(await faulted(engine, operation, question, strike.fault))
  }
  // Where nobody gets the answer, the real server is not asked for one.
  if (upstream !== undefined && end === 'whole' && !(strike && isSilent(wireFaultOf(strike)))) {
    const payload = await upstream.forward(asked)
    return { payload, violations, answerViolations: await violationsOfAnswer(engine, operation, payload) }
  }
  if (verdict === undefined || (refusal !== undefined && !verdict.found)) return ours(refuse(refusal, violations))
  const headers = { ...verdict.headers, ...refusal?.headers, ...violationHeader(violations) }
  return ours({ ...replyOf(verdict), headers })
}

async function violationsOfAnswer(engine: Engine, operation: Operation | undefined, payload: Payload) {
  if (operation === undefined) return []
  return engine.check(operation, { status: payload.status, headers: flat(payload.headers), text: textOf(payload) })
}

/** The engine gets text as it is where the document asks for something else than JSON. */
function questionOf({ path, headers, content, refusal }: Asked): Question {
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

/** A request that the engine chokes on, such as a path with broken escapes, still gets an answer and a record. */
function broken(error: unknown): Answer {
  const message = `The engine failed: ${error instanceof Error ? error.message : String(error)}`
  return { ...plainReply(500, message), found: true, violations: [{ location: 'path', path: '', message }] }
}

/** `Prefer: code=429, example=key` (RFC 7240), which Prism understands too. */
function preferences(prefer = ''): { status?: number; example?: string } {
  const status = /(?:^|[,;\s])code="?(\d{3})\b/.exec(prefer)?.[1]
  const example = /(?:^|[,;\s])example="?([\w.-]+)/.exec(prefer)?.[1]
  return { ...(status !== undefined && { status: Number(status) }), ...(example !== undefined && { example }) }
}
