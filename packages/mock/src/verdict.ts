import type { Refusal } from './body.ts'
import type { Answer, Engine, Operation, Question } from './engine.ts'
import type { Violation } from './exchange.ts'
import type { StatusFault } from './faults.ts'
import { type Reply, plainReply, violationHeader } from './reply.ts'

/** What is answered, and what was wrong with the request. */
export interface Judgement {
  reply: Reply
  violations: Violation[]
}

/** A fault comes first, then a missing token, then what the front refused, then what the document says. */
export async function judge(
  engine: Engine,
  operation: Operation | undefined,
  question: Question,
  { refusal, fault }: { refusal: Refusal | undefined; fault: StatusFault | undefined },
): Promise<Judgement> {
  if (operation === undefined) {
    const violations = refusal ? [refusal.violation] : []
    return { reply: refuse(refusal, violations), violations }
  }
  const wishes = refusal ? { status: refusal.status } : preferences(question.headers['prefer'])
  const verdict = await engine.ask(operation, { ...question, ...wishes }).catch(broken)
  const violations = [...verdict.violations, ...(refusal ? [refusal.violation] : [])]
  if (fault !== undefined) return { reply: await faulted(engine, operation, question, fault), violations }
  if (refusal !== undefined && !verdict.found) return { reply: refuse(refusal, violations), violations }
  const headers = { ...verdict.headers, ...refusal?.headers, ...violationHeader(violations) }
  return { reply: { ...replyOf(verdict), headers }, violations }
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
